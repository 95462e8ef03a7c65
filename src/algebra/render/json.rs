//! Formulas as JSON, for programs to read.
//!
//! Every node is an object with its kind under `op`:
//!
//! | `op` | other keys |
//! |---|---|
//! | `number` | `numerator`, `denominator`: integers of any size, as strings |
//! | `decimal` | `value`: a number of double precision, `null` if it is not finite |
//! | `pi` | |
//! | `symbol` | `name` |
//! | `sum`, `product` | `args`: two nodes or more |
//! | `negative`, `arcsin`, `arccos`, `factorial`, `mean` | `arg`: a node |
//! | `exp`, `ln`, `erf`, `tanh`, `sin`, `cos`, `sigmoid`, `softplus` | `arg`: a node |
//! | `hermite` | `degree`: an integer, `arg`: a node |
//! | `choose` | `test`, `negative`, `positive`: nodes, by the sign of the first |
//! | `quotient` | `numerator`, `denominator`: nodes |
//! | `power` | `base`: a node, `exponent`: `numerator` and `denominator` as in a `number` |
//! | `formal_power` | `base`, `exponent`: nodes |
//! | `apply` | `name`, `args`: a function that is not given, and its arguments |
//! | `series` | `index`: a name, `from`, `to`: integers, `to` is `null` without end, `term`: a node |

use serde_json::{Value, json};

use crate::algebra::{Function, Special, Tree};

/// The formula as an expression tree; the schema is in the module's documentation.
pub fn json(tree: &Tree) -> Value {
    let all = |trees: &[Tree]| -> Vec<Value> { trees.iter().map(json).collect() };
    match tree {
        Tree::Number(n) => {
            json!({"op": "number", "numerator": n.numer().to_string(),
                   "denominator": n.denom().to_string()})
        }
        Tree::Decimal(x) => json!({"op": "decimal", "value": x}),
        Tree::Pi => json!({"op": "pi"}),
        Tree::Symbol(symbol) => json!({"op": "symbol", "name": symbol.name}),
        Tree::Sum(terms) => json!({"op": "sum", "args": all(terms)}),
        Tree::Negative(inner) => json!({"op": "negative", "arg": json(inner)}),
        Tree::Product(factors) => json!({"op": "product", "args": all(factors)}),
        Tree::Quotient(above, below) => {
            json!({"op": "quotient", "numerator": json(above), "denominator": json(below)})
        }
        Tree::Power(base, exponent) => {
            json!({"op": "power", "base": json(base),
                   "exponent": {"numerator": exponent.numer().to_string(),
                                "denominator": exponent.denom().to_string()}})
        }
        Tree::Call(Function::ArcSin, argument) => json!({"op": "arcsin", "arg": json(argument)}),
        Tree::Call(Function::ArcCos, argument) => json!({"op": "arccos", "arg": json(argument)}),
        Tree::Special(Special::Hermite(degree), argument) => {
            json!({"op": "hermite", "degree": degree, "arg": json(argument)})
        }
        Tree::Special(function, argument) => {
            json!({"op": function.name(), "arg": json(argument)})
        }
        Tree::Choose {
            test,
            negative,
            positive,
        } => {
            json!({"op": "choose", "test": json(test), "negative": json(negative),
                   "positive": json(positive)})
        }
        Tree::Apply(name, arguments) => {
            json!({"op": "apply", "name": name.name, "args": all(arguments)})
        }
        Tree::FormalPower(base, exponent) => {
            json!({"op": "formal_power", "base": json(base), "exponent": json(exponent)})
        }
        Tree::Factorial(inner) => json!({"op": "factorial", "arg": json(inner)}),
        Tree::Mean(inner) => json!({"op": "mean", "arg": json(inner)}),
        Tree::Series {
            index,
            from,
            to,
            term,
        } => {
            json!({"op": "series", "index": index.name, "from": from, "to": to,
                   "term": json(term)})
        }
    }
}
