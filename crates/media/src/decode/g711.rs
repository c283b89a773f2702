//! G.711 (ITU-T 11/1988): two tables of 256 entries from 8-bit companded to 16-bit linear samples.

/// The two laws of ITU-T G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum G711 {
    /// Europe and international trunks.
    Alaw,
    /// North America and Japan.
    Mulaw,
}

impl G711 {
    /// 16-bit linear value of each of the 256 codes. The 13 (A-law) or 14 (mu-law) bits stand at the top.
    #[must_use]
    pub fn table(self) -> &'static [i16; 256] {
        match self {
            Self::Alaw => &ALAW,
            Self::Mulaw => &MULAW,
        }
    }
}

static ALAW: [i16; 256] = tabulate(G711::Alaw);
static MULAW: [i16; 256] = tabulate(G711::Mulaw);

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "runs at compile time over 0..256; a wrong index or cast would stop the build"
)]
const fn tabulate(law: G711) -> [i16; 256] {
    let mut table = [0_i16; 256];
    let mut code = 0_usize;
    while code < 256 {
        table[code] = match law {
            G711::Alaw => expand_alaw(code as u8),
            G711::Mulaw => expand_mulaw(code as u8),
        };
        code += 1;
    }
    table
}

const fn expand_mulaw(code: u8) -> i16 {
    let bits = !code;
    let segment = (bits >> 4) & 7;
    let magnitude = (((((bits & 0x0F) as i16) << 3) + 0x84) << segment) - 0x84;
    if bits & 0x80 != 0 { -magnitude } else { magnitude }
}

const fn expand_alaw(code: u8) -> i16 {
    let bits = code ^ 0x55;
    let segment = (bits >> 4) & 7;
    let step = (((bits & 0x0F) as i16) << 4) + 8;
    let magnitude = if segment == 0 { step } else { (step + 0x100) << (segment - 1) };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ITU-T G.711 table 2a/2b: decision and output values of mu-law on the 14-bit scale, by the closed formula
    /// `y = (33 + 2 * mantissa) * 2^segment - 33`.
    #[test]
    fn mulaw_follows_the_formula_of_the_recommendation() {
        for code in 0..=255_u8 {
            let inverted = 255 - code;
            let (segment, mantissa) = ((inverted / 16) % 8, inverted % 16);
            let magnitude = (33 + 2 * i32::from(mantissa)) * 2_i32.pow(u32::from(segment)) - 33;
            let expected = if code < 128 { -magnitude } else { magnitude } * 4;
            assert_eq!(i32::from(G711::Mulaw.table()[usize::from(code)]), expected, "code {code}");
        }
        assert_eq!(G711::Mulaw.table()[0x00], -32_124);
        assert_eq!(G711::Mulaw.table()[0xFF], 0);
    }

    /// ITU-T G.711 table 1a/1b: output values of A-law on the 13-bit scale (odd numbers, even bits inverted).
    #[test]
    fn alaw_follows_the_formula_of_the_recommendation() {
        for code in 0..=255_u8 {
            let plain = code ^ 0x55;
            let (segment, mantissa) = (u32::from((plain / 16) % 8), i32::from(plain % 16));
            let magnitude = if segment == 0 { 2 * mantissa + 1 } else { (2 * mantissa + 33) * 2_i32.pow(segment - 1) };
            let expected = if plain < 128 { -magnitude } else { magnitude } * 8;
            assert_eq!(i32::from(G711::Alaw.table()[usize::from(code)]), expected, "code {code}");
        }
        assert_eq!(G711::Alaw.table()[0xD5], 8);
        assert_eq!(G711::Alaw.table()[0x2A], -32_256);
    }
}
