//! Exact decimal numbers. A float cannot hold 5.015 or 2015.9999999999999999.

/// A decimal number: `0.DIGITS × 10^point`, with a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading and trailing zeros; empty for zero.
    digits: String,
    point: i64,
}

impl Decimal {
    /// Parses a number in JSON's form (RFC 8259, section 6); `None` if the text is no number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_number(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        if !is_number(whole) {
            return None;
        }
        let all = [whole, fraction].concat();
        let digits = all.trim_start_matches('0');
        let leading_zeros = all.len() - digits.len();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading_zeros).ok()?;
        let digits = digits.trim_end_matches('0').to_owned();
        Some(Self {
            negative: negative && !digits.is_empty(),
            point: point.saturating_add(exponent),
            digits,
        })
    }

    /// True if the number is less than zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// True if the number is an integer of any size.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.places_before(0) == self.digits.len()
    }

    /// Converts an integer; `None` if the number is no integer or is too large for an `i64`.
    #[must_use]
    pub fn to_integer(&self) -> Option<i64> {
        let whole = self.is_integer().then(|| self.whole(0)).flatten()?;
        let whole = i64::try_from(whole).ok()?;
        Some(if self.negative { -whole } else { whole })
    }

    /// True if the absolute value is greater than `limit`.
    #[must_use]
    pub fn exceeds(&self, limit: u64) -> bool {
        self.whole(0)
            .is_none_or(|whole| whole > limit || (whole == limit && !self.is_integer()))
    }

    /// The absolute value in hundredths, rounded half up; `None` if it is too large for a `u64`.
    #[must_use]
    pub fn to_hundredths(&self) -> Option<u64> {
        const TO_HUNDREDTHS: i64 = 2;
        let half_up = self.digit_behind(TO_HUNDREDTHS) >= b'5';
        self.whole(TO_HUNDREDTHS)?.checked_add(half_up.into())
    }

    /// The number of digits before the decimal point after it is moved right by `moved` places.
    fn places_before(&self, moved: i64) -> usize {
        let point = self.point.saturating_add(moved).max(0);
        usize::try_from(point).map_or(self.digits.len(), |point| point.min(self.digits.len()))
    }

    /// The integer before the decimal point after it is moved right by `moved` places; `None` if it is too large for a
    /// `u64`.
    fn whole(&self, moved: i64) -> Option<u64> {
        let digits = self.digits.get(..self.places_before(moved))?;
        if digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.point.saturating_add(moved)).ok()? - digits.len();
        // A `u64` has at most 20 digits.
        (zeros <= 20).then(|| (digits.to_owned() + &"0".repeat(zeros)).parse().ok())?
    }

    /// The first digit after the decimal point after it is moved right by `moved` places.
    fn digit_behind(&self, moved: i64) -> u8 {
        let point = usize::try_from(self.point.saturating_add(moved)).ok();
        let digit = point.and_then(|point| self.digits.as_bytes().get(point));
        digit.copied().unwrap_or(b'0')
    }
}

/// Parses the exponent, the part after the `e`. One that is too large for an `i64` becomes the largest.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let amount = is_number(digits).then(|| digits.parse().unwrap_or(i64::MAX))?;
    Some(if text.starts_with('-') {
        -amount
    } else {
        amount
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
