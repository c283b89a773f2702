//! Fixtures, WAVE files made on the spot, and readers that hand out bytes in odd pieces.

use std::io::{self, Read};

use soundkeep_media::{Analysis, AnalysisOptions, Decoder, Discard, Format, MediaError, analyse_stream};

/// All fixtures that can be decoded.
pub(crate) const DECODABLE: [&str; 14] = [
    "alaw.wav",
    "bare.mp3",
    "cbr.mp3",
    "mono.opus",
    "mulaw.wav",
    "mulaw_rf64.wav",
    "pcm_f32.wav",
    "pcm_s16.wav",
    "pcm_s24.wav",
    "pcm_s32.wav",
    "pcm_u8.wav",
    "stereo.flac",
    "stereo.opus",
    "vbr44.mp3",
];

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(crate) fn analyse(bytes: &[u8]) -> Result<Analysis, MediaError> {
    analyse_stream(bytes, &AnalysisOptions::default(), &mut Discard)
}

/// The whole file as interleaved samples.
pub(crate) fn decode(reader: impl Read + Send + Sync) -> Result<(Format, Vec<i16>), MediaError> {
    let mut decoder = Decoder::open(reader)?;
    let format = *decoder.format();
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block()? {
        assert!(!block.is_empty() && block.len().is_multiple_of(usize::from(format.channels)));
        samples.extend_from_slice(block);
    }
    Ok((format, samples))
}

/// A WAVE file under construction; every field can lie.
#[derive(Debug, Clone)]
pub(crate) struct Wave {
    pub(crate) tag: u16,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    pub(crate) bits: u16,
    pub(crate) block_align: Option<u16>,
    pub(crate) declared: Option<u32>,
    pub(crate) data: Vec<u8>,
    pub(crate) before: Vec<([u8; 4], Vec<u8>)>,
    pub(crate) after: Vec<([u8; 4], Vec<u8>)>,
    pub(crate) extensible: bool,
}

impl Wave {
    pub(crate) fn new(tag: u16, channels: u16, rate: u32, bits: u16, data: Vec<u8>) -> Self {
        Self {
            tag,
            channels,
            rate,
            bits,
            block_align: None,
            declared: None,
            data,
            before: Vec::new(),
            after: Vec::new(),
            extensible: false,
        }
    }

    pub(crate) fn mulaw(data: Vec<u8>) -> Self {
        Self::new(7, 1, 8_000, 8, data)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let block = self.block_align.unwrap_or(self.channels.wrapping_mul(self.bits.div_ceil(8)));
        let mut fmt = Vec::new();
        fmt.extend_from_slice(&(if self.extensible { 0xFFFE } else { self.tag }).to_le_bytes());
        fmt.extend_from_slice(&self.channels.to_le_bytes());
        fmt.extend_from_slice(&self.rate.to_le_bytes());
        fmt.extend_from_slice(&self.rate.wrapping_mul(u32::from(block)).to_le_bytes());
        fmt.extend_from_slice(&block.to_le_bytes());
        fmt.extend_from_slice(&self.bits.to_le_bytes());
        if self.extensible {
            fmt.extend_from_slice(&22_u16.to_le_bytes());
            fmt.extend_from_slice(&self.bits.to_le_bytes());
            fmt.extend_from_slice(&3_u32.to_le_bytes());
            fmt.extend_from_slice(&self.tag.to_le_bytes());
            fmt.extend_from_slice(&[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        }
        let mut body = b"WAVE".to_vec();
        let declared = self.declared.unwrap_or(self.data.len() as u32);
        for (id, content) in &self.before {
            chunk(&mut body, *id, content.len() as u32, content);
        }
        chunk(&mut body, *b"fmt ", fmt.len() as u32, &fmt);
        chunk(&mut body, *b"data", declared, &self.data);
        for (id, content) in &self.after {
            chunk(&mut body, *id, content.len() as u32, content);
        }
        let mut file = b"RIFF".to_vec();
        file.extend_from_slice(&(body.len() as u32).to_le_bytes());
        file.extend(body);
        file
    }
}

fn chunk(body: &mut Vec<u8>, id: [u8; 4], size: u32, content: &[u8]) {
    body.extend_from_slice(&id);
    body.extend_from_slice(&size.to_le_bytes());
    body.extend_from_slice(content);
    if content.len() % 2 == 1 {
        body.push(0);
    }
}

/// Gives out bytes in pieces of the given sizes, over and over, interrupted now and then.
pub(crate) struct Pieces<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) sizes: &'a [usize],
    pub(crate) turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(7) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.sizes[self.turn % self.sizes.len()].max(1);
        let count = size.min(out.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        out[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}
