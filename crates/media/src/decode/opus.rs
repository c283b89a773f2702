//! Opus in Ogg (RFC 7845), decoded at the rate that the original had, so that telephone audio costs little.
//!
//! It must not hold more than one packet, nor believe a granule position further than to shorten the end.

use std::io::Read;

use ropus::OpusMSDecoder;

use super::guarded;
use super::ogg::{Page, Pages};
use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::{Codec, Container, Format, scale};
use crate::source::Source;

/// The largest packet that is assembled: 8 streams of the largest possible frames (RFC 6716 section 3.4) fit well.
const PACKET_BYTES_MAX: usize = 128 * 1024;
/// Clock of granule positions and of the pre-skip.
const GRANULES_PER_SECOND: u64 = 48_000;

pub(super) struct OpusDecoder<R> {
    pages: Pages<R>,
    page: Page,
    decoder: OpusMSDecoder,
    format: Format,
    serial: u32,
    sequence: u32,
    packet: Packet,
    decoded: Vec<i16>,
    /// Frames still to be dropped at the front, dropped in all, and given out.
    skip: u64,
    pre_skip: u64,
    emitted: u64,
    packets: u64,
    packets_damaged: u64,
    ended: bool,
}

/// A packet being put together from the pieces on pages.
#[derive(Default)]
enum Packet {
    /// Waiting for a packet to begin; pieces of one whose beginning was lost are dropped.
    #[default]
    None,
    /// The tags, which nobody reads.
    Tags,
    Audio(Vec<u8>),
}

struct Head {
    channels: u8,
    pre_skip: u64,
    rate: u32,
    gain: i16,
    streams: u8,
    coupled: u8,
    mapping: Vec<u8>,
}

impl<R: Read> OpusDecoder<R> {
    pub(super) fn open(source: Source<R>) -> Result<(Format, Self), MediaError> {
        let mut pages = Pages::new(source);
        let mut page = Page::default();
        let mut other = None;
        let head = loop {
            if !pages.next(&mut page)? {
                return Err(other.map_or(MediaError::Truncated { expected_ms: None, found_ms: 0 }, |name: &str| {
                    MediaError::unsupported(name)
                }));
            }
            if !page.first {
                return Err(MediaError::unsupported(other.unwrap_or("Ogg without Opus")));
            }
            let Some((packet, _)) = page.pieces().next() else {
                continue;
            };
            if packet.starts_with(b"OpusHead") {
                break Head::parse(packet)?;
            }
            other = other.or(foreign(packet));
        };
        let rate = head.decoding_rate();
        let format = Format::checked(Container::Ogg, Codec::Opus, rate, u32::from(head.channels), None)?;
        let mut decoder =
            guarded(|| head.decoder(rate))?.map_err(|_| MediaError::corrupt("a channel mapping that can't be"))?;
        decoder.set_gain(i32::from(head.gain));
        let pre_skip = scale(head.pre_skip, u64::from(rate), GRANULES_PER_SECOND);
        let (serial, sequence) = (page.serial, page.sequence);
        let decoder = Self {
            pages,
            page,
            decoder,
            format,
            serial,
            sequence,
            packet: Packet::Tags,
            decoded: Vec::new(),
            skip: pre_skip,
            pre_skip,
            emitted: 0,
            packets: 0,
            packets_damaged: 0,
            ended: false,
        };
        Ok((format, decoder))
    }

    pub(super) fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError> {
        while !self.ended {
            if !self.pages.next(&mut self.page)? {
                return Err(MediaError::Truncated {
                    expected_ms: None,
                    found_ms: self.format.frames_to_ms(self.emitted),
                });
            }
            if self.page.serial != self.serial {
                continue;
            }
            if self.page.sequence != self.sequence.wrapping_add(1) {
                self.packets_damaged += 1;
            }
            self.sequence = self.page.sequence;
            let page = std::mem::take(&mut self.page);
            let result = self.decode_page(&page, out);
            let last = page.last;
            self.page = page;
            result?;
            if last {
                self.shorten(out);
            }
            self.emitted += (out.len() / usize::from(self.format.channels)) as u64;
            if last {
                self.ended = true;
                self.finish()?;
            }
            if !out.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.packets_damaged > 0 {
            findings.push(Finding::DamagedFrames { frames: self.packets_damaged });
        }
        if self.pages.bytes_skipped > 0 {
            findings.push(Finding::SkippedBytes { bytes: self.pages.bytes_skipped });
        }
        findings
    }

    fn decode_page(&mut self, page: &Page, out: &mut Vec<i16>) -> Result<(), MediaError> {
        let mut continues = page.continued;
        for (piece, ends) in page.pieces() {
            if !continues && !matches!(self.packet, Packet::Tags) {
                self.packet = Packet::Audio(Vec::new());
            }
            continues = false;
            if let Packet::Audio(bytes) = &mut self.packet {
                if bytes.len() + piece.len() > PACKET_BYTES_MAX {
                    return Err(MediaError::Limits { what: "an Opus packet that is too large".to_owned() });
                }
                bytes.extend_from_slice(piece);
            }
            if ends && let Packet::Audio(bytes) = std::mem::take(&mut self.packet) {
                self.decode_packet(&bytes, out)?;
            }
        }
        Ok(())
    }

    fn decode_packet(&mut self, packet: &[u8], out: &mut Vec<i16>) -> Result<(), MediaError> {
        let channels = usize::from(self.format.channels);
        // 120 ms is the longest that a packet can hold (RFC 6716 section 3.2.5).
        let frames_max = i32::try_from(self.format.sample_rate_hz / 1_000 * 120).unwrap_or(i32::MAX);
        let length = i32::try_from(packet.len()).unwrap_or(0);
        self.decoded.resize(usize::try_from(frames_max).unwrap_or(0) * channels, 0);
        self.packets += 1;
        let (decoder, decoded) = (&mut self.decoder, &mut self.decoded);
        let result = if packet.is_empty() {
            Err(0)
        } else {
            guarded(|| decoder.decode(Some(packet), length, decoded, frames_max, false))?
        };
        let Ok(frames) = result.and_then(|frames| u64::try_from(frames).map_err(|_| 0)) else {
            self.packets_damaged += 1;
            return Ok(());
        };
        let from = self.skip.min(frames);
        self.skip -= from;
        let samples = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(channels);
        out.extend_from_slice(self.decoded.get(samples(from)..samples(frames)).unwrap_or_default());
        Ok(())
    }

    /// Drops what the last granule position says is padding (RFC 7845 section 4.4).
    fn shorten(&self, out: &mut Vec<i16>) {
        let rate = u64::from(self.format.sample_rate_hz);
        let end = scale(self.page.granule, rate, GRANULES_PER_SECOND);
        let wanted = end.saturating_sub(self.pre_skip).saturating_sub(self.emitted);
        let samples = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_mul(usize::from(self.format.channels));
        out.truncate(samples);
    }

    fn finish(&mut self) -> Result<(), MediaError> {
        if self.emitted == 0 {
            return Err(MediaError::NoAudio);
        }
        if self.packets_damaged * 2 > self.packets {
            return Err(MediaError::corrupt("most of its packets can't be decoded"));
        }
        let mut page = Page::default();
        while self.pages.next(&mut page)? {
            if page.first {
                return Err(MediaError::unsupported("several Ogg streams one after the other"));
            }
        }
        Ok(())
    }
}

impl Head {
    /// The identification header of RFC 7845 section 5.1.
    fn parse(packet: &[u8]) -> Result<Self, MediaError> {
        let short = || MediaError::corrupt("an Opus header that is too short");
        let fixed = packet.get(8..).and_then(|rest| rest.first_chunk::<11>()).ok_or_else(short)?;
        let [version, channels, p0, p1, r0, r1, r2, r3, g0, g1, family] = *fixed;
        if version & 0xF0 != 0 {
            return Err(MediaError::unsupported(format!("Opus version {version}")));
        }
        if channels > crate::format::CHANNELS_MAX {
            return Err(MediaError::TooManyChannels { channels: u32::from(channels) });
        }
        let (streams, coupled, mapping) = match (family, channels) {
            (_, 0) => return Err(MediaError::corrupt("no channels")),
            (0, 1..=2) => (1, channels - 1, vec![0, 1]),
            (0, _) => return Err(MediaError::corrupt("a channel mapping that can't be")),
            (1 | 255, _) => match packet.get(19..) {
                Some([streams, coupled, mapping @ ..]) if mapping.len() >= usize::from(channels) => {
                    (*streams, *coupled, mapping.iter().take(usize::from(channels)).copied().collect())
                }
                _ => return Err(short()),
            },
            _ => {
                return Err(MediaError::unsupported(format!("Opus channel mapping {family}")));
            }
        };
        Ok(Self {
            channels,
            pre_skip: u64::from(u16::from_le_bytes([p0, p1])),
            rate: u32::from_le_bytes([r0, r1, r2, r3]),
            gain: i16::from_le_bytes([g0, g1]),
            streams,
            coupled,
            mapping,
        })
    }

    /// The rate of the original where the decoder knows it, else the full rate.
    fn decoding_rate(&self) -> u32 {
        match self.rate {
            8_000 | 12_000 | 16_000 | 24_000 => self.rate,
            _ => 48_000,
        }
    }

    fn decoder(&self, rate: u32) -> Result<OpusMSDecoder, i32> {
        if self.streams > crate::format::CHANNELS_MAX || self.coupled > self.streams {
            return Err(0);
        }
        OpusMSDecoder::new(
            i32::try_from(rate).unwrap_or(0),
            i32::from(self.channels),
            i32::from(self.streams),
            i32::from(self.coupled),
            &self.mapping,
        )
    }
}

fn foreign(packet: &[u8]) -> Option<&'static str> {
    match packet {
        [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Some("Vorbis"),
        [b'S', b'p', b'e', b'e', b'x', b' ', ..] => Some("Speex"),
        [0x7F, b'F', b'L', b'A', b'C', ..] => Some("FLAC in Ogg"),
        [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => Some("Theora"),
        _ => None,
    }
}
