//! MPEG audio framing (ISO 11172-3, 13818-3 and the 2.5 extension) and the tags around it: lengths, never content.
//!
//! It must not decode audio and not keep a tag: what is in a tag is no business of this vault.

use std::io::Read;

use crate::error::MediaError;
use crate::source::Source;

/// Longest layer III frame in bytes: 320 kb/s at 32 kHz with padding.
pub(super) const FRAME_BYTES_MAX: usize = 1_441;

/// The part of a frame header that says where the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// MPEG 1; 2 and 2.5 have half the samples per frame.
    pub(super) mpeg1: bool,
    pub(super) layer: u8,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: u8,
    pub(super) frame_bytes: usize,
}

impl FrameHeader {
    /// Reads the four bytes at the start of `bytes`; `None` for anything that is no usable header.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xFF, second, third, fourth, ..] = bytes else {
            return None;
        };
        if second & 0xE0 != 0xE0 {
            return None;
        }
        let rate_index = usize::from((third >> 2) & 3);
        let (mpeg1, rate) = match (second >> 3) & 3 {
            0 => (false, [11_025, 12_000, 8_000].get(rate_index)?),
            2 => (false, [22_050, 24_000, 16_000].get(rate_index)?),
            3 => (true, [44_100, 48_000, 32_000].get(rate_index)?),
            _ => return None,
        };
        let layer = match (second >> 1) & 3 {
            1 => 3,
            2 => 2,
            3 => 1,
            _ => return None,
        };
        let kilobits = kilobits_per_second(mpeg1, layer, usize::from(third >> 4))?;
        let padding = u32::from((third >> 1) & 1);
        let slots_per_frame = match (layer, mpeg1) {
            (1, _) => 12,
            (3, false) => 72,
            _ => 144,
        };
        let slots = slots_per_frame * kilobits * 1_000 / rate + padding;
        let frame_bytes = usize::try_from(if layer == 1 { slots * 4 } else { slots }).ok()?;
        let channels = if fourth >> 6 == 3 { 1 } else { 2 };
        Some(Self { mpeg1, layer, sample_rate_hz: *rate, channels, frame_bytes })
    }

    /// Whether both can belong to one stream.
    pub(super) fn fits(&self, other: &Self) -> bool {
        self.mpeg1 == other.mpeg1
            && self.layer == other.layer
            && self.sample_rate_hz == other.sample_rate_hz
            && self.channels == other.channels
    }

    /// Samples per channel in a layer III frame.
    pub(super) fn samples(&self) -> u16 {
        if self.mpeg1 { 1_152 } else { 576 }
    }

    /// Where the Xing or Info header stands in a layer III frame: after header and side information.
    fn xing_offset(&self) -> usize {
        match (self.mpeg1, self.channels) {
            (true, 1) => 21,
            (true, _) => 36,
            (false, 1) => 13,
            (false, _) => 21,
        }
    }
}

fn kilobits_per_second(mpeg1: bool, layer: u8, index: usize) -> Option<u32> {
    const MPEG1_LAYER1: [u32; 14] = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
    const MPEG1_LAYER2: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    const MPEG1_LAYER3: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const MPEG2_LAYER1: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
    const MPEG2_LAYER23: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let table = match (mpeg1, layer) {
        (true, 1) => &MPEG1_LAYER1,
        (true, 2) => &MPEG1_LAYER2,
        (true, _) => &MPEG1_LAYER3,
        (false, 1) => &MPEG2_LAYER1,
        (false, _) => &MPEG2_LAYER23,
    };
    table.get(index.checked_sub(1)?).copied()
}

/// What the first frame of a file says about the whole, when it is no audio but a table of contents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Frames of audio that follow.
    pub(super) frames: Option<u32>,
    /// Samples that the encoder put in front and behind, where it says so.
    pub(super) padding: Option<(u16, u16)>,
}

/// Reads a Xing, Info or VBRI header; `None` when the frame is audio.
pub(super) fn contents(header: &FrameHeader, frame: &[u8]) -> Option<Contents> {
    let number = |bytes: &[u8], at: usize| bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four));
    if let Some(xing) = frame.get(header.xing_offset()..)
        && (xing.starts_with(b"Xing") || xing.starts_with(b"Info"))
    {
        let flags = number(xing, 4)?;
        let mut at = 8;
        let frames = if flags & 1 != 0 { number(xing, 8) } else { None };
        for (flag, bytes) in [(1, 4), (2, 4), (4, 100), (8, 4)] {
            at += if flags & flag != 0 { bytes } else { 0 };
        }
        let padding = xing.get(at + 21..at + 24).and_then(|bytes| match bytes {
            [0, 0, 0] => None,
            [a, b, c] => {
                let (a, b, c) = (u16::from(*a), u16::from(*b), u16::from(*c));
                Some((a << 4 | b >> 4, (b & 0xF) << 8 | c))
            }
            _ => None,
        });
        return Some(Contents { frames: frames.filter(|count| *count > 0), padding });
    }
    let vbri = frame.get(36..)?;
    vbri.starts_with(b"VBRI").then(|| Contents { frames: number(vbri, 14).filter(|count| *count > 0), padding: None })
}

/// Drops all `ID3v2` tags that stand at the front; returns how many bytes that were.
///
/// # Errors
/// `truncated` when the stream ends within a tag.
pub(super) fn skip_id3v2<R: Read>(source: &mut Source<R>) -> Result<u64, MediaError> {
    let mut skipped = 0;
    loop {
        let [b'I', b'D', b'3', major, _, flags, sizes @ ..] = source.fill(10)? else {
            return Ok(skipped);
        };
        let Some(sizes) = sizes.first_chunk::<4>() else {
            return Ok(skipped);
        };
        if *major == 0xFF || sizes.iter().any(|byte| byte & 0x80 != 0) {
            return Ok(skipped);
        }
        let size = sizes.iter().fold(0_u64, |size, byte| size << 7 | u64::from(*byte));
        let tag = 10 + size + if flags & 0x10 != 0 { 10 } else { 0 };
        if source.skip(tag)? < tag {
            return Err(MediaError::Truncated { expected_ms: None, found_ms: 0 });
        }
        skipped += tag;
    }
}

/// Whether tags that stand behind the audio begin here: `ID3v1`, `APEv2`, Lyrics3 or an appended `ID3v2`.
pub(super) fn is_trailing_tag(bytes: &[u8]) -> bool {
    [b"TAG".as_slice(), b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI"].iter().any(|magic| bytes.starts_with(magic))
}
