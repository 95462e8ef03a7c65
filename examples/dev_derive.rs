use lorode::derivation::*;use lorode::link::Link;use lorode::expectation::*;
fn main(){
 let a:Vec<String>=std::env::args().collect();
 let t:Link=a[1].parse().unwrap(); let s:Link=a[2].parse().unwrap();
 let t0=std::time::Instant::now();
 let k=ExactKernel::of(&t,&s);
 println!("{:?}",t0.elapsed());
 let Some(k)=k else {println!("none");return};
 let ker=kernel(&t,&s);
 for (m,q) in [(0.3,0.7),(-0.5,0.6),(0.9,1.3),(0.2,0.05)]{
  let at=Overlaps::new(m,q).unwrap();
  let d=ker.drift(&at);let n=ker.noise(&at);let l=ker.loss(&at);
  let v=|e:&lorode::algebra::Expr|e.evaluate(&|s|at_overlaps(s,&at));
  let loss=0.5*(v(&k.target_power)+v(&k.square))-v(&k.product);
  println!("{m} {q}: alpha {:e} beta {:e} N {:e} slope {:e} loss {:e}",v(&k.alpha)/d.alpha-1.,v(&k.beta)/d.beta-1.,v(&k.noise)/n.signal-1.,v(&k.slope)/n.slope-1.,loss/l-1.);
 }
 if a.len()>3 { for (n,e) in k.named(){ println!("{n}: {} terms",e.terms().count()); if e.terms().count()<12 {println!("   {:?}",e.terms().map(|(m,c)|format!("{c} {:?}",m.powers().map(|(b,e)|format!("{}^{e}",match b{lorode::algebra::Base::Symbol(s)=>s.name.to_string(),x=>format!("{x:?}").chars().take(40).collect()})).collect::<Vec<_>>())).collect::<Vec<_>>());}}}
}
