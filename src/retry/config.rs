//! Policies, backoffs and jitters in configurations, with the feature `serde`.
//!
//! Each is a map with the names that its constructor has; what is left out has its default, and what makes no sense is
//! refused with the words in which the constructor refuses it. That is for formats that name what they hold, as JSON and
//! TOML do. Nothing is derived, so that the feature does not bring a procedural macro.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

#[cfg(feature = "std")]
use super::Smooth;
use super::nanos::Nanos;
use super::policy::Limits;
use super::readable::Readable;
use super::{Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Policy};

/// Which of some names it is.
struct OneOf {
    names: &'static [&'static str],
    /// Whether they are those of variants, or else of fields.
    variants: bool,
}

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {:?}", self.names)
    }

    fn visit_u64<E: de::Error>(self, index: u64) -> Result<usize, E> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.names.len());
        index.ok_or_else(|| E::custom("there are no so many fields"))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        let index = self.names.iter().position(|known| *known == name);
        index.ok_or_else(|| match self.variants {
            true => E::unknown_variant(name, self.names),
            false => E::unknown_field(name, self.names),
        })
    }
}

/// A map with these entries, to and from the type whose name it has: what it is made of, and how it is made.
macro_rules! map {
    (
        $Type:ident $(<$B:ident>)? {
            $($field:ident: $Field:ty,)+
        }
        |$this:ident| $to:expr;
        $from:expr
    ) => {
        impl $(<$B: Serialize>)? Serialize for $Type $(<$B>)? {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $this = self;
                let ($($field,)+) = $to;
                let length = 0 $(+ usize::from($field.is_some()))+;
                let mut map = serializer.serialize_struct(stringify!($Type), length)?;
                $(
                    match &$field {
                        Some(field) => map.serialize_field(stringify!($field), field)?,
                        None => map.skip_field(stringify!($field))?,
                    }
                )+
                map.end()
            }
        }

        impl<'de $(, $B: Deserialize<'de>)?> Deserialize<'de> for $Type $(<$B>)? {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Map<T>(PhantomData<T>);

                impl<'de $(, $B: Deserialize<'de>)?> Visitor<'de> for Map<$Type $(<$B>)?> {
                    type Value = $Type $(<$B>)?;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("the settings of `", stringify!($Type), "`"))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $(let mut $field: Option<$Field> = None;)+
                        while let Some(index) = map.next_key_seed(OneOf { names: FIELDS, variants: false })? {
                            let mut at = 0;
                            $(
                                if index == at {
                                    if $field.is_some() {
                                        return Err(de::Error::duplicate_field(stringify!($field)));
                                    }
                                    $field = Some(map.next_value()?);
                                }
                                at += 1;
                            )+
                            let _ = at;
                        }
                        let from: fn($(Option<$Field>,)+) -> Result<Self::Value, Refused> = $from;
                        from($($field,)+).map_err(|refused| match refused {
                            Refused::Missing(field) => de::Error::missing_field(field),
                            Refused::Nonsense(message) => de::Error::custom(message),
                        })
                    }
                }

                const FIELDS: &[&str] = &[$(stringify!($field),)+];
                deserializer.deserialize_struct(stringify!($Type), FIELDS, Map(PhantomData))
            }
        }
    };
}

/// What cannot be made of a map.
enum Refused {
    Missing(&'static str),
    Nonsense(&'static str),
}

impl From<&'static str> for Refused {
    fn from(message: &'static str) -> Self {
        Self::Nonsense(message)
    }
}

fn needed<T>(field: Option<T>, name: &'static str) -> Result<T, Refused> {
    field.ok_or(Refused::Missing(name))
}

/// What is left out is without end.
fn limit(field: Option<Readable>) -> Duration {
    field.map_or(Duration::MAX, |readable| readable.0)
}

map! {
    Constant { delay: Readable, }
    |this| (Some(Readable(this.parts())),);
    |delay| Ok(Constant::new(needed(delay, "delay")?.0))
}

map! {
    Linear { first: Readable, step: Readable, max: Readable, }
    |this| {
        let (first, step, max) = this.parts();
        (Some(Readable(first.duration())), Some(Readable(step.duration())), Readable::finite(max))
    };
    |first, step, max| Ok(Linear::checked(needed(first, "first")?.0, needed(step, "step")?.0, limit(max))?)
}

map! {
    Fibonacci { first: Readable, max: Readable, }
    |this| {
        let (first, max) = this.parts();
        (Some(Readable(first.duration())), Readable::finite(max))
    };
    |first, max| Ok(Fibonacci::checked(needed(first, "first")?.0, limit(max))?)
}

map! {
    Exponential { first: Readable, factor: f64, max: Readable, }
    |this| {
        let (first, factor, max) = this.parts();
        (Some(Readable(first.duration())), Some(factor), Readable::finite(max))
    };
    |first, factor, max| Ok(Exponential::checked(needed(first, "first")?.0, needed(factor, "factor")?, limit(max))?)
}

map! {
    Decorrelated { min: Readable, max: Readable, }
    |this| {
        let (min, max) = this.parts();
        (Some(Readable(min.duration())), Some(Readable(max.duration())))
    };
    |min, max| Ok(Decorrelated::checked(needed(min, "min")?.0, needed(max, "max")?.0)?)
}

#[cfg(feature = "std")]
map! {
    Smooth { median: Readable, max: Readable, }
    |this| {
        let (median, max) = this.parts();
        (Some(Readable(median.duration())), Readable::finite(max))
    };
    |median, max| Ok(Smooth::checked(needed(median, "median")?.0, limit(max))?)
}

map! {
    Policy<B> {
        backoff: B,
        max_attempts: u32,
        max_elapsed: Readable,
        max_slept: Readable,
        jitter: Jitter,
        seed: u64,
    }
    |this| {
        let Limits { max_attempts, max_elapsed, max_slept, jitter, seed } = &this.limits;
        let (max_elapsed, max_slept) = (Readable::finite(*max_elapsed), Readable::finite(*max_slept));
        (Some(&this.backoff), *max_attempts, max_elapsed, max_slept, *jitter, *seed)
    };
    |backoff, max_attempts, max_elapsed, max_slept, jitter, seed| {
        let max_attempts = max_attempts.map_or(Ok(None), Limits::checked_attempts)?;
        let (max_elapsed, max_slept) = (Nanos::of(limit(max_elapsed)), Nanos::of(limit(max_slept)));
        let limits = Limits { max_attempts, max_elapsed, max_slept, jitter, seed };
        Ok(Policy { backoff: needed(backoff, "backoff")?, limits })
    }
}

/// The names of the variants of [`Jitter`], in their order.
const JITTERS: &[&str] = &["none", "full", "equal", "decorrelated", "proportional"];

impl Serialize for Jitter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = match self {
            Self::None => 0,
            Self::Full => 1,
            Self::Equal => 2,
            Self::Decorrelated => 3,
            Self::Proportional(share) => return serializer.serialize_newtype_variant("Jitter", 4, JITTERS[4], share),
        };
        serializer.serialize_unit_variant("Jitter", index, JITTERS[index as usize])
    }
}

impl<'de> Deserialize<'de> for Jitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Variant;

        impl<'de> Visitor<'de> for Variant {
            type Value = Jitter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a jitter")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Jitter, A::Error> {
                let (index, variant) = data.variant_seed(OneOf { names: JITTERS, variants: true })?;
                let jitter = match index {
                    0 => Jitter::None,
                    1 => Jitter::Full,
                    2 => Jitter::Equal,
                    3 => Jitter::Decorrelated,
                    _ => {
                        let share = Jitter::Proportional(variant.newtype_variant()?);
                        return share.checked().map_err(de::Error::custom);
                    }
                };
                variant.unit_variant()?;
                Ok(jitter)
            }
        }

        deserializer.deserialize_enum("Jitter", JITTERS, Variant)
    }
}
