//! Scalars of wasm as bits, and as the numbers that languages have. Nothing is ever wrapped, and nothing rounded but
//! floats that go into an f32.

/// A scalar type of wasm. Bindings without Rust's types know them by their numbers, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    I32,
    I64,
    F32,
    F64,
}

/// A scalar as languages know it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Int(i64),
    Float(f64),
}

impl ScalarKind {
    /// The bits of a whole number, of which the kind loses nothing; 32 bits have a signed and an unsigned reading.
    #[inline]
    pub fn of_int(self, number: i64) -> Option<u64> {
        match self {
            ScalarKind::I32 => (-2_147_483_648..=4_294_967_295).contains(&number).then_some(u64::from(number as u32)),
            ScalarKind::I64 => Some(number as u64),
            ScalarKind::F32 => (number.unsigned_abs() <= 1 << 24).then(|| u64::from((number as f32).to_bits())),
            ScalarKind::F64 => (number.unsigned_abs() <= 1 << 53).then(|| (number as f64).to_bits()),
        }
    }

    /// The bits of a float, for a kind that is one: in an f32 the nearest, unless it is too large for that.
    #[inline]
    pub fn of_float(self, number: f64) -> Option<u64> {
        match self {
            ScalarKind::I32 | ScalarKind::I64 => None,
            ScalarKind::F32 => {
                let narrow = number as f32;
                (narrow.is_finite() || !number.is_finite()).then_some(u64::from(narrow.to_bits()))
            }
            ScalarKind::F64 => Some(number.to_bits()),
        }
    }

    /// What the bits say.
    #[inline]
    pub fn read(self, bits: u64) -> Scalar {
        match self {
            ScalarKind::I32 => Scalar::Int(i64::from(bits as u32 as i32)),
            ScalarKind::I64 => Scalar::Int(bits as i64),
            ScalarKind::F32 => Scalar::Float(f64::from(f32::from_bits(bits as u32))),
            ScalarKind::F64 => Scalar::Float(f64::from_bits(bits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScalarKind::{F32, F64, I32, I64};

    #[test]
    fn whole_numbers_keep_all_they_are() {
        assert_eq!(I32.of_int(-1), Some(0xffff_ffff));
        assert_eq!(I32.of_int(4_294_967_295), Some(0xffff_ffff));
        assert_eq!(I32.of_int(4_294_967_296), None);
        assert_eq!(I32.of_int(-2_147_483_649), None);
        assert_eq!(I64.of_int(i64::MIN).map(|bits| I64.read(bits)), Some(Scalar::Int(i64::MIN)));
        assert_eq!(F32.of_int(1 << 24).map(|bits| F32.read(bits)), Some(Scalar::Float(16_777_216.0)));
        assert_eq!(F32.of_int((1 << 24) + 1), None);
        assert_eq!(F64.of_int(-(1 << 53)).map(|bits| F64.read(bits)), Some(Scalar::Float(-9_007_199_254_740_992.0)));
        assert_eq!(F64.of_int((1 << 53) + 1), None);
        assert_eq!(F64.of_int(i64::MIN), None);
    }

    #[test]
    fn floats_are_for_floats() {
        assert_eq!((I32.of_float(1.0), I64.of_float(1.0)), (None, None));
        assert_eq!(F32.of_float(1e300), None);
        assert_eq!(F32.of_float(f64::INFINITY).map(|bits| F32.read(bits)), Some(Scalar::Float(f64::INFINITY)));
        let nothing = F64.of_float(-0.0).unwrap();
        assert_eq!(nothing, (-0.0_f64).to_bits());
        assert!(matches!(F64.read(F64.of_float(f64::NAN).unwrap()), Scalar::Float(n) if n.is_nan()));
    }
}
