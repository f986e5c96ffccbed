//! The numbers of a JSON text.

/// How far a number is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    Begin,
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Digits {
    /// Reads on. Returns how many bytes belong to the number.
    pub(super) fn read(&mut self, input: &[u8]) -> usize {
        let mut digits = *self;
        let more = |byte: &u8| match digits.next(*byte) {
            Some(next) => {
                digits = next;
                true
            }
            None => false,
        };
        let count = input.iter().copied().take_while(more).count();
        *self = digits;
        count
    }

    /// The state after one more byte, if the byte belongs to the number.
    const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Begin, b'-') => Self::Minus,
            (Self::Begin | Self::Minus, b'0') => Self::Zero,
            (Self::Begin | Self::Minus | Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    pub(super) const fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Whole | Self::Fraction | Self::Power)
    }
}
