//! Records in JSON.

use std::{
    fmt,
    io::{self, BufRead, Read as _},
};

use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    ENDLESS, Take,
    kind::Kind,
    source::{Bytes, MAX_RECORD, Meter, Metered},
};

/// Reads records in arrays, in the `Items` of objects, or one after the other. After malformed JSON the next record
/// cannot be found, so the first fault of that kind ends the reading.
pub(crate) fn each(input: Bytes, kind: Kind, take: &mut Take<'_>) -> io::Result<()> {
    let meter = Meter::new();
    let mut json = serde_json::Deserializer::from_reader(Metered(input, &meter));
    let mut each = Each {
        meter: &meter,
        take,
    };
    // `end` fails if another value follows.
    while json.end().is_err() {
        let read = match kind {
            Kind::Values => {
                Box::<RawValue>::deserialize(&mut json).and_then(|value| each.take(&value))
            }
            _ => each.deserialize(&mut json),
        };
        let reason = match read {
            Ok(()) => continue,
            Err(_) if meter.is_used_up() => ENDLESS.to_owned(),
            Err(error) if error.is_io() => return Err(error.into()),
            Err(error) => format!("is not JSON: {error}. Nothing behind it was read"),
        };
        let _ = (each.take)(meter.line(), Err(reason));
        break;
    }
    Ok(())
}

/// Takes the records of a value.
struct Each<'a> {
    meter: &'a Meter,
    take: &'a mut Take<'a>,
}

impl Each<'_> {
    fn take<E: Error>(&mut self, record: &RawValue) -> Result<(), E> {
        let text = record.get();
        let breaks = text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        self.meter.renew();
        let taken = (self.take)(self.meter.line() - breaks, Ok(text.into()));
        if taken.is_break() {
            return Err(E::custom("the reading has stopped"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(record) = list.next_element::<Box<RawValue>>()? {
            self.take(&record)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(name) = object.next_key::<String>()? {
            if matches!(name.as_str(), "Items" | "items") {
                object.next_value_seed(&mut *self)?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads JSON Lines. A line that is not JSON does not affect the others.
pub(crate) fn each_line(mut input: Bytes, take: &mut Take<'_>) -> io::Result<()> {
    for number in 1.. {
        let mut line = Vec::new();
        let mut limited = input.by_ref().take(MAX_RECORD);
        let length = limited.read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let is_endless = length as u64 == MAX_RECORD;
        let text = match serde_json::from_slice::<&RawValue>(&line) {
            _ if is_endless => Err(ENDLESS.to_owned()),
            Ok(_) => Ok(line),
            Err(error) => {
                let reason = error.to_string();
                Err(format!(
                    "is not JSON: {}",
                    reason.replace(" at line 1", " at")
                ))
            }
        };
        if take(number, text).is_break() || is_endless {
            break;
        }
    }
    Ok(())
}
