use super::*;
pub enum Root{Exact(Expr),Numeric(f64)}
pub fn real_roots(_:&Expr,_:Symbol,_:&Rational,_:&Rational)->Option<Vec<(Root,u32)>>{None}
pub struct PowerSeries; impl PowerSeries{pub fn leading(&self)->Option<(&Expr,Exponent)>{None} pub fn coefficients(&self)->Vec<Expr>{vec![]}}
impl Expr{pub fn series(&self,_:Symbol,_:usize)->Option<PowerSeries>{None}}
