//! Expressions compiled for evaluation: a straight list of operations on registers, each distinct
//! subexpression computed once.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use super::block;
use super::builtin::LinkFunction;
use super::common_subexpressions::shared;
use super::expression::{Expr, Node, real_power};
use super::wide::{Wide, function};

/// Points evaluated per pass over the operations: a register of this size is one kilobyte, so a
/// dozen of them stay in the first-level cache.
const BLOCK: usize = 128;

/// Registers kept on the stack when one point is evaluated.
const SMALL: usize = 16;

/// One operation; the integers are registers (value numbers while compiling).
#[derive(Clone, Debug)]
pub(super) enum Op {
    Number(f64),
    X,
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Negate(usize),
    Power(usize, i32),
    RealPower(usize, f64),
    Call(Arc<dyn LinkFunction>, usize),
    Choose(usize, usize, usize),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    steps: Vec<(Op, usize)>,
    registers: usize,
    result: usize,
}

impl Op {
    /// The same operation with its operands renamed.
    fn map(&self, r: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Number(v) => Self::Number(*v),
            Self::X => Self::X,
            Self::Add(a, b) => Self::Add(r(*a), r(*b)),
            Self::Subtract(a, b) => Self::Subtract(r(*a), r(*b)),
            Self::Multiply(a, b) => Self::Multiply(r(*a), r(*b)),
            Self::Divide(a, b) => Self::Divide(r(*a), r(*b)),
            Self::Negate(a) => Self::Negate(r(*a)),
            Self::Power(a, n) => Self::Power(r(*a), *n),
            Self::RealPower(a, c) => Self::RealPower(r(*a), *c),
            Self::Call(f, a) => Self::Call(Arc::clone(f), r(*a)),
            Self::Choose(a, b, c) => Self::Choose(r(*a), r(*b), r(*c)),
        }
    }

    fn operands(&self) -> impl Iterator<Item = usize> {
        let list = match self {
            Self::Number(_) | Self::X => [None; 3],
            Self::Negate(a) | Self::Power(a, _) | Self::RealPower(a, _) | Self::Call(_, a) => {
                [Some(*a), None, None]
            }
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                [Some(*a), Some(*b), None]
            }
            Self::Choose(a, b, c) => [Some(*a), Some(*b), Some(*c)],
        };
        list.into_iter().flatten()
    }

    /// The result at one point, given the registers.
    pub(super) fn value(&self, x: f64, r: &[f64]) -> f64 {
        match self {
            Self::Number(v) => *v,
            Self::X => x,
            Self::Add(a, b) => r[*a] + r[*b],
            Self::Subtract(a, b) => r[*a] - r[*b],
            Self::Multiply(a, b) => r[*a] * r[*b],
            Self::Divide(a, b) => r[*a] / r[*b],
            Self::Negate(a) => -r[*a],
            Self::Power(a, n) => r[*a].powi(*n),
            Self::RealPower(a, c) => real_power(r[*a], *c),
            Self::Call(f, a) => f.value(r[*a]),
            Self::Choose(a, b, c) => choose(r[*a], r[*b], r[*c]),
        }
    }

    fn block(&self, x: &[f64], r: &[Vec<f64>], out: &mut [f64]) {
        match self {
            Self::Number(v) => out.fill(*v),
            Self::X => out.copy_from_slice(x),
            Self::Add(a, b) => block::both(&r[*a], &r[*b], out, |a, b| a + b),
            Self::Subtract(a, b) => block::both(&r[*a], &r[*b], out, |a, b| a - b),
            Self::Multiply(a, b) => block::both(&r[*a], &r[*b], out, |a, b| a * b),
            Self::Divide(a, b) => block::both(&r[*a], &r[*b], out, |a, b| a / b),
            Self::Negate(a) => block::each(&r[*a], out, |a| -a),
            Self::Power(a, 2) => block::each(&r[*a], out, |a| a * a),
            Self::Power(a, 3) => block::each(&r[*a], out, |a| a * a * a),
            Self::Power(a, n) => one_by_one(&r[*a], out, |a| a.powi(*n)),
            Self::RealPower(a, c) => one_by_one(&r[*a], out, |a| real_power(a, *c)),
            Self::Call(f, a) => f.apply(&r[*a][..out.len()], out),
            Self::Choose(a, b, c) => block::choose(&r[*a], [&r[*b], &r[*c]], out),
        }
    }
}

fn one_by_one(a: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
    for (y, &a) in out.iter_mut().zip(a) {
        *y = f(a);
    }
}

fn choose(test: f64, negative: f64, positive: f64) -> f64 {
    if test < 0.0 {
        negative
    } else if test > 0.0 {
        positive
    } else {
        0.5 * (negative + positive) + test
    }
}

impl Tape {
    /// Compiles an expression.
    pub(super) fn compile(expr: &Expr) -> Self {
        let expr = shared(expr);
        let mut values: Vec<Op> = Vec::new();
        let mut known: HashMap<*const Node, usize> = HashMap::new();
        for node in expr.nodes() {
            known.insert(node.address(), values.len());
            values.push(lower(node, |a| {
                known.get(&a.address()).copied().unwrap_or(0)
            }));
        }
        Self::allocate(&values)
    }

    /// Gives every value a register, reusing a register after its last reader.
    fn allocate(values: &[Op]) -> Self {
        let mut last_use = vec![0; values.len()];
        for (i, op) in values.iter().enumerate() {
            op.operands().for_each(|a| last_use[a] = i);
        }
        let mut place = vec![0; values.len()];
        let (mut free, mut registers) = (Vec::new(), 0);
        let mut steps = Vec::with_capacity(values.len());
        for (i, op) in values.iter().enumerate() {
            // The target is taken before operands are released: no operation works in place.
            let target = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers - 1
            });
            place[i] = target;
            steps.push((op.map(|a| place[a]), target));
            let mut operands: Vec<usize> = op.operands().collect();
            operands.sort_unstable();
            operands.dedup();
            free.extend(
                operands
                    .into_iter()
                    .filter(|&a| last_use[a] == i)
                    .map(|a| place[a]),
            );
        }
        // The whole expression comes last in the list, after all of its parts.
        let result = place.last().copied().unwrap_or(0);
        Self {
            steps,
            registers,
            result,
        }
    }

    /// How many operations there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The steps in order: operation on registers, and the register it writes.
    pub(super) fn steps(&self) -> &[(Op, usize)] {
        &self.steps
    }

    /// The number of registers and the one that holds the result.
    pub(super) fn registers(&self) -> (usize, usize) {
        (self.registers, self.result)
    }

    /// The value at `x`.
    ///
    /// What overflows on the way to a finite value is computed again with numbers of any size.
    pub(super) fn value(&self, x: f64) -> f64 {
        if let [(Op::X, 0), (Op::Call(f, 0), 1)] = self.steps.as_slice() {
            return f.value(x);
        }
        let plain = if self.registers <= SMALL {
            self.run(x, &mut [0.0; SMALL])
        } else {
            self.run(x, &mut vec![0.0; self.registers])
        };
        if plain.is_finite() {
            plain
        } else {
            evaluate(self, x, function).value()
        }
    }

    fn run(&self, x: f64, registers: &mut [f64]) -> f64 {
        for (op, target) in &self.steps {
            registers[*target] = op.value(x, registers);
        }
        registers[self.result]
    }

    /// `out[i]` becomes the value at `x[i]`, for as many points as both slices have.
    pub(super) fn values(&self, x: &[f64], out: &mut [f64]) {
        let points = x.len().min(out.len());
        let (x, out) = (&x[..points], &mut out[..points]);
        if let [(Op::X, 0), (Op::Call(f, 0), 1)] = self.steps.as_slice() {
            return f.apply(x, out);
        }
        let mut registers = ROOM.take();
        if registers.len() < self.registers {
            registers.resize_with(self.registers, || vec![0.0; BLOCK]);
        }
        for (x, out) in x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            for (op, target) in &self.steps {
                let mut written = std::mem::take(&mut registers[*target]);
                op.block(x, &registers, &mut written[..x.len()]);
                registers[*target] = written;
            }
            out.copy_from_slice(&registers[self.result][..x.len()]);
            if block::all_finite(out) {
                continue;
            }
            for (y, x) in out.iter_mut().zip(x).filter(|(y, _)| !y.is_finite()) {
                *y = evaluate(self, *x, function).value();
            }
        }
        ROOM.set(registers);
    }
}

thread_local! {
    /// Registers of blocks: making them anew takes longer than most blocks.
    static ROOM: Cell<Vec<Vec<f64>>> = const { Cell::new(Vec::new()) };
}

/// How a function is taken of a number: of the number, and its plain value.
type Call = fn(&dyn LinkFunction, Wide) -> Wide;

/// The value of an expression, every intermediate one of any size.
pub(super) fn evaluate(tape: &Tape, x: f64, call: Call) -> Wide {
    let (count, result) = tape.registers();
    let mut registers = vec![Wide::new(0.0); count];
    for (op, target) in tape.steps() {
        registers[*target] = apply(op, x, &registers, call);
    }
    registers[result]
}

fn apply(op: &Op, x: f64, r: &[Wide], call: Call) -> Wide {
    match op {
        Op::Number(value) => Wide::new(*value),
        Op::X => Wide::new(x),
        Op::Add(a, b) => r[*a].plus(r[*b]),
        Op::Subtract(a, b) => r[*a].plus(r[*b].negative()),
        Op::Multiply(a, b) => r[*a].times(r[*b]),
        Op::Divide(a, b) => r[*a].over(r[*b]),
        Op::Negate(a) => r[*a].negative(),
        Op::Power(a, n) => r[*a].to_integer(*n),
        Op::RealPower(a, c) => r[*a].to_real(*c),
        Op::Call(f, a) => call(f.as_ref(), r[*a]),
        Op::Choose(test, a, b) => r[*test].choose(r[*a], r[*b]),
    }
}

fn lower(expr: &Expr, v: impl Fn(&Expr) -> usize) -> Op {
    match expr.node() {
        Node::Number(value) => Op::Number(*value),
        Node::X => Op::X,
        Node::Add(a, b) => Op::Add(v(a), v(b)),
        Node::Subtract(a, b) => Op::Subtract(v(a), v(b)),
        Node::Multiply(a, b) => Op::Multiply(v(a), v(b)),
        Node::Divide(a, b) => Op::Divide(v(a), v(b)),
        Node::Negate(a) => Op::Negate(v(a)),
        Node::Power(a, n) => Op::Power(v(a), *n),
        Node::RealPower(a, c) => Op::RealPower(v(a), *c),
        Node::Call(f, a) => Op::Call(Arc::clone(f), v(a)),
        Node::Choose(a, b, c) => Op::Choose(v(a), v(b), v(c)),
    }
}
