//! The keys of a stage as they are read: its own, and those of a problem, each in its place in the file.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::options::{ELSEWHERE, StageOptions};
use crate::problem::ProblemOptions;

/// Those that no problem has.
#[derive(Clone, Copy)]
enum Own {
    Task,
    Until,
    Continue,
    FlipU,
}

const OWN: [(&str, Own); 4] = [
    ("task", Own::Task),
    ("until", Own::Until),
    ("continue", Own::Continue),
    ("flip-u", Own::FlipU),
];

impl<'de> Deserialize<'de> for StageOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut stage = Self::default();
        // The trait's, which knows tables; the type has one of its own.
        let problem = <ProblemOptions as Deserialize>::deserialize(Apart {
            inner: deserializer,
            stage: &mut stage,
        })?;
        Ok(Self { problem, ..stage })
    }
}

/// What is said of a key that a stage does not have, in the words of serde.
fn unknown(key: &str) -> String {
    let of_problem = ProblemOptions::parameters().map(|one| one.name);
    let elsewhere = |name: &&str| ELSEWHERE.iter().any(|(names, _)| names.contains(name));
    let all = OWN
        .into_iter()
        .map(|(name, _)| name)
        .chain(of_problem.filter(|name| !elsewhere(name)));
    let all: Vec<String> = all
        .chain(["start"])
        .map(|name| format!("`{name}`"))
        .collect();
    format!("unknown field `{key}`, expected one of {}", all.join(", "))
}

/// A deserializer without the keys of a stage, which go into it.
struct Apart<'a, D> {
    inner: D,
    stage: &'a mut StageOptions,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Apart<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let stage = self.stage;
        self.inner.deserialize_map(Apart {
            inner: visitor,
            stage,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Apart<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the keys of a stage")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let stage = self.stage;
        self.inner.visit_map(Apart { inner: map, stage })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Apart<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let (mut seed, map) = (Some(seed), &mut self.inner);
        while let Some(key) = map.next_key_seed(Key(&mut seed))? {
            match key {
                Ok(of_problem) => return Ok(Some(of_problem)),
                Err(Own::Task) => self.stage.task = map.next_value()?,
                Err(Own::Until) => self.stage.until = map.next_value()?,
                Err(Own::Continue) => self.stage.continues = map.next_value()?,
                Err(Own::FlipU) => self.stage.flip_u = map.next_value()?,
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

/// A key: that of a problem, or else (`Err`) of the stage.
struct Key<'a, K>(&'a mut Option<K>);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = Result<K::Value, Own>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'_, K> {
    type Value = Result<K::Value, Own>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        if let Some((_, own)) = OWN.into_iter().find(|(name, _)| *name == key) {
            return Ok(Err(own));
        }
        let refuse = |_: E| E::custom(unknown(key));
        let seed = self.0.take().ok_or_else(|| E::custom(unknown(key)))?;
        seed.deserialize(key.into_deserializer())
            .map(Ok)
            .map_err(refuse)
    }
}
