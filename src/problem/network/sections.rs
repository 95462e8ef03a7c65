//! Tables of problem files (`[teacher]`, `[start]`, ...) as the keys that they stand for: `overlaps` in `[teacher]` is
//! `teacher-overlaps`. What follows knows flat keys only.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use super::Matrix;
use crate::problem::{Adapter, Grid};

/// The tables that are no keys themselves.
pub(in crate::problem) const SECTIONS: [&str; 2] = ["pretraining", "start"];

/// The key that says that a file has such tables.
const NETWORK: &str = "network";

/// A section: its keys in files, and the flat keys that they stand for.
macro_rules! section {
    ($name:ident { $($key:literal: $field:ident: $type:ty = $flat:literal),* $(,)? }) => {
        #[derive(Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct $name {$(
            #[serde(rename(serialize = $flat, deserialize = $key), skip_serializing_if = "Option::is_none")]
            $field: Option<$type>,
        )*}
    };
}

section!(Teacher {
    "link": link: Links = "teacher",
    "overlap": overlap: Grid = "teacher-overlap",
    "overlaps": overlaps: Matrix = "teacher-overlaps",
    "readout": readout: Grid = "teacher-readout",
});

section!(Student {
    "link": link: Links = "student",
    "readout": readout: Grid = "student-readout",
    // No f64: not a number would be null on the way, which is a key left out.
    "train-readout": train_readout: Grid = "train-readout",
});

section!(Trained {
    "kind": kind: Adapter = "adapter",
    "rank": rank: Grid = "rank",
});

section!(Pretraining {
    "m": m: Matrix = "pretraining-m",
    "q": q: Matrix = "pretraining-q",
});

section!(Start {
    "u": u: Matrix = "start-u",
    "alignment": alignment: Matrix = "start-alignment",
    "s": s: Matrix = "start-s",
    "c": c: Matrix = "start-c",
    "m": m: Matrix = "start-m",
    "q": q: Matrix = "start-q",
});

/// A link, or several.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Links(#[serde(deserialize_with = "one_or_many")] Vec<String>);

/// Accepts `"erf"` and `["erf", "relu"]`.
pub(in crate::problem) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "text or an array of texts")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) if texts.is_empty() => {
            return Err(D::Error::custom(
                "the list is empty: name a link, or leave the key out",
            ));
        }
        OneOrMany::Many(texts) => texts,
    })
}

/// A value `L` as everywhere else, or a section `T`.
enum Either<L, T> {
    Plain(L),
    Section(T),
}

impl<'de, L: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for Either<L, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<L, T>(PhantomData<(L, T)>);
        impl<'de, L: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for Any<L, T> {
            type Value = Either<L, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a table")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                L::deserialize(text.into_deserializer()).map(Either::Plain)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                L::deserialize(SeqAccessDeserializer::new(seq)).map(Either::Plain)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Either::Section)
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// A deserializer whose sections come as flat keys.
pub(in crate::problem) struct Flat<D> {
    pub(in crate::problem) inner: D,
    /// Keys and sections that are known, for the message on one that is not.
    pub(in crate::problem) known: &'static [&'static str],
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Flat<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let keys = Keys {
            fields,
            known: self.known,
        };
        let visitor = FlatVisitor { visitor, keys };
        self.inner.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct FlatVisitor<V> {
    visitor: V,
    keys: Keys,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for FlatVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(FlatMap {
            map,
            keys: self.keys,
            ready: VecDeque::new(),
            value: None,
            has_table: false,
        })
    }
}

/// The name of a key, refused in its place where it is not known.
#[derive(Clone, Copy)]
struct Keys {
    fields: &'static [&'static str],
    known: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Keys {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        match self.fields.contains(&key) || SECTIONS.contains(&key) {
            true => Ok(key.to_owned()),
            false => Err(E::unknown_field(key, self.known)),
        }
    }
}

struct FlatMap<A> {
    map: A,
    keys: Keys,
    /// What came of sections, to be handed on before the next key.
    ready: VecDeque<(String, Value)>,
    value: Option<Value>,
    /// Whether a section was among the keys.
    has_table: bool,
}

impl<'de, A: MapAccess<'de>> FlatMap<A> {
    /// Takes up the value of a key that may be a section; false for any other key, whose value is left.
    fn take_section(&mut self, key: &str) -> Result<bool, A::Error> {
        let map = &mut self.map;
        let (keys, is_table) = match key {
            "teacher" => either::<_, Links, Teacher>(key, map)?,
            "student" => either::<_, Links, Student>(key, map)?,
            "adapter" => either::<_, Adapter, Trained>(key, map)?,
            "pretraining" => (flat(&map.next_value::<Pretraining>()?), true),
            "start" => (flat(&map.next_value::<Start>()?), true),
            _ => return Ok(false),
        };
        self.ready.extend(keys);
        self.has_table |= is_table;
        Ok(true)
    }
}

/// The keys of a value, and whether it is a section.
fn either<'de, A, L, T>(key: &str, map: &mut A) -> Result<(Map<String, Value>, bool), A::Error>
where
    A: MapAccess<'de>,
    L: Deserialize<'de> + Serialize,
    T: Deserialize<'de> + Serialize,
{
    Ok(match map.next_value::<Either<L, T>>()? {
        Either::Section(section) => (flat(&section), true),
        Either::Plain(plain) => (flat(&serde_json::json!({ key: plain })), false),
    })
}

/// The flat keys of a section.
fn flat(section: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(section) {
        Ok(Value::Object(keys)) => keys,
        // A struct of plain values is always an object.
        _ => Map::new(),
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FlatMap<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            if let Some((key, value)) = self.ready.pop_front() {
                self.value = Some(value);
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            let Some(key) = self.map.next_key_seed(self.keys)? else {
                // Once, after all else: the file has tables.
                if !std::mem::take(&mut self.has_table) {
                    return Ok(None);
                }
                self.ready.push_back((NETWORK.to_owned(), true.into()));
                continue;
            };
            if !self.take_section(&key)? {
                // Said by the user already.
                self.has_table &= key != NETWORK;
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.map.next_value_seed(seed),
        }
    }
}
