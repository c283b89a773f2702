//! Whatever comes in, there is an answer: no panic, no endless loop, no verdict "fine" for a file that was cut.

use std::io::{self, Read};

use proptest::prelude::*;
use soundkeep_media::{AnalysisOptions, Discard, MediaError, analyse_stream, probe};

use crate::files::{DECODABLE, Wave, analyse, decode, fixture};

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    for name in ["pcm_u8.wav", "mulaw_rf64.wav", "alaw.wav", "cbr.mp3", "bare.mp3", "mono.opus", "stereo.flac"] {
        let bytes = fixture(name);
        let step = (bytes.len() / 350).max(1);
        let mut whole_frames = 0;
        for length in (0..bytes.len()).step_by(step) {
            match analyse(&bytes[..length]) {
                Err(error) => {
                    let expected = ["truncated", "empty", "unrecognised", "no_audio"];
                    assert!(expected.contains(&error.code()), "{name} cut at {length}: {error}");
                }
                // An MP3 has no end but the end of a frame; its table of contents may be off by one.
                Ok(_) => whole_frames += 1,
            }
        }
        let frames = match name {
            "bare.mp3" => bytes.len() / 144,
            "cbr.mp3" => 1,
            _ => 0,
        };
        assert!(whole_frames <= frames, "{name}: {whole_frames}");
    }
}

#[test]
fn a_half_written_recording_says_how_much_is_there() {
    let bytes = fixture("mulaw.wav");
    let half = analyse(&bytes[..58 + 16_000]).unwrap_err();
    assert_eq!(half, MediaError::Truncated { expected_ms: Some(2_300), found_ms: 1_000 });
    let unfinished = Wave { declared: Some(0), ..Wave::mulaw(vec![0x11; 8_000]) };
    assert_eq!(analyse(&unfinished.bytes()).unwrap_err().code(), "truncated");
    let flac = fixture("stereo.flac");
    let half = analyse(&flac[..flac.len() / 2]).unwrap_err();
    assert!(matches!(half, MediaError::Truncated { expected_ms: Some(1_000), .. }), "{half:?}");
}

#[test]
fn a_flac_written_to_a_pipe_has_no_length_and_its_cut_is_noticed_all_the_same() {
    let mut bytes = fixture("stereo.flac");
    // STREAMINFO at 8: no number of samples (the low 36 bits of the 8 bytes at 10), no checksum.
    bytes[8 + 13] &= 0xF0;
    bytes[8 + 14..8 + 34].fill(0);
    assert_eq!(analyse(&bytes).unwrap().duration_ms(), 1_000);
    assert_eq!(analyse(&bytes[..bytes.len() - 300]).unwrap_err().code(), "truncated");
}

#[test]
fn impossible_headers_are_refused_with_the_reason() {
    let good = Wave::new(1, 2, 8_000, 16, vec![1; 400]);
    let refused = |wave: Wave| analyse(&wave.bytes()).unwrap_err().code();
    assert_eq!(refused(Wave { channels: 0, ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { channels: 9, ..good.clone() }), "too_many_channels");
    assert_eq!(refused(Wave { channels: 65_535, block_align: Some(0xFFFE), ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { rate: 0, ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { rate: u32::MAX, ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { block_align: Some(0), ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { block_align: Some(3), ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { bits: 0, ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { bits: 333, ..good.clone() }), "corrupt");
    assert_eq!(refused(Wave { declared: Some(u32::MAX - 1), ..good }), "truncated");
}

#[test]
fn a_header_that_claims_gigabytes_costs_none() {
    struct Claims(&'static [u8], usize);
    impl Read for Claims {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1.max(out.len());
            self.0.read(out)
        }
    }
    let hostile: [&[u8]; 7] = [
        b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \xFF\xFF\xFF\xFF\x01\0\x02\0",
        b"RIFF\xFF\xFF\xFF\xFFWAVELIST\xFF\xFF\xFF\xFF",
        b"RF64\xFF\xFF\xFF\xFFWAVEds64\xFF\xFF\xFF\xFF",
        b"ID3\x04\0\0\x7F\x7F\x7F\x7F",
        b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x01\xF4\x03\xF0\xFF\xFF\xFF\xFF0123456789abcdef\x86\xFF\xFF\xFF",
        b"fLaC\x80\0\0\x22\xFF\xFF\xFF\xFF\0\0\0\0\0\0\x01\xF4\x0F\xFF\xFF\xFF\xFF\xFF0123456789abcdef\xFF\xF8",
        b"OggS\0\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\0\xFF",
    ];
    for bytes in hostile {
        let mut reader = Claims(bytes, 0);
        let error = analyse_stream(&mut reader, &AnalysisOptions::default(), &mut Discard).unwrap_err();
        assert_eq!(error.code(), "truncated", "{:?}", String::from_utf8_lossy(bytes));
        assert!(reader.1 <= 128 * 1024, "asked for {} bytes at once", reader.1);
    }
}

#[test]
fn an_opus_stream_with_absurd_pages_ends() {
    let bytes = fixture("mono.opus");
    let mut absurd = bytes.clone();
    // A granule position near the end of time on the last page, with its checksum set right.
    let last = absurd.windows(4).rposition(|window| window == b"OggS").unwrap();
    absurd[last + 6..last + 14].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
    let sum = ogg_checksum(&absurd[last..]);
    absurd[last + 22..last + 26].copy_from_slice(&sum.to_le_bytes());
    let duration = analyse(&absurd).unwrap().duration_ms();
    assert!(duration.abs_diff(2_300) < 100, "{duration}");
    // The same pages over and over, without an end: the audio pages come again with wrong numbers.
    let body = &bytes[bytes.windows(4).enumerate().filter(|(_, w)| *w == b"OggS").nth(2).unwrap().0..];
    let mut again = bytes.clone();
    again.extend_from_slice(body);
    assert!(analyse(&again).is_ok());
}

#[test]
fn several_streams_in_one_ogg_are_refused_and_not_cut_short() {
    let mut chained = fixture("mono.opus");
    chained.extend_from_slice(&fixture("stereo.opus"));
    assert_eq!(analyse(&chained).unwrap_err().code(), "unsupported");
}

#[test]
fn a_reader_that_fails_is_no_verdict_on_the_file() {
    struct Fails(Vec<u8>);
    impl Read for Fails {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let count = self.0.len().min(out.len()).min(900);
            out[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }
    for name in DECODABLE {
        let bytes = fixture(name);
        let half = bytes[..bytes.len() / 2].to_vec();
        let error = analyse_stream(Fails(half), &AnalysisOptions::default(), &mut Discard).unwrap_err();
        assert_eq!(error.code(), "io", "{name}: {error:?}");
    }
}

fn ogg_checksum(page: &[u8]) -> u32 {
    let mut sum = 0_u32;
    for (at, byte) in page.iter().enumerate() {
        sum ^= u32::from(if (22..26).contains(&at) { 0 } else { *byte }) << 24;
        for _ in 0..8 {
            sum = if sum & 0x8000_0000 != 0 { (sum << 1) ^ 0x04C1_1DB7 } else { sum << 1 };
        }
    }
    sum
}

/// Sets the checksums of all pages right, so that damage gets past them to the decoder.
fn repair_ogg(bytes: &mut [u8]) {
    let starts: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, window)| *window == b"OggS").map(|(at, _)| at).collect();
    for start in starts {
        let Some(segments) = bytes.get(start + 26).map(|count| usize::from(*count)) else {
            continue;
        };
        let Some(lacing) = bytes.get(start + 27..start + 27 + segments) else {
            continue;
        };
        let end = start + 27 + segments + lacing.iter().map(|size| usize::from(*size)).sum::<usize>();
        if end <= bytes.len() {
            let sum = ogg_checksum(&bytes[start..end]);
            bytes[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_answered_and_never_a_panic(
        name in prop::sample::select(DECODABLE.to_vec()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        near_the_front in any::<bool>(),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fixture(name);
        let reach = if near_the_front { bytes.len().min(200) } else { bytes.len() };
        for (at, value) in damage {
            bytes[at.index(reach)] = value;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        let _ = probe(bytes.as_slice());
        let _ = analyse(&bytes);
        if name.ends_with(".opus") {
            repair_ogg(&mut bytes);
            let _ = analyse(&bytes);
        }
    }

    #[test]
    fn noise_behind_a_magic_number_is_answered(
        magic in prop_oneof![
            Just(b"RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0data".to_vec()),
            Just(b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0".to_vec()), Just(b"RIFF....WAVE".to_vec()),
            Just(b"OggS\0\x02\0\0\0\0\0\0\0\0".to_vec()), Just(b"fLaC\x80\0\0\x22\x10\0\x10\0".to_vec()),
            Just(b"fLaC".to_vec()), Just(b"ID3\x04\0\0\0\0\0\0".to_vec()), Just(b"\xFF\xFB\x90\0".to_vec()),
            Just(b"\xFF\xE3\x18\xC4".to_vec()), Just(Vec::new()),
        ],
        noise in prop::collection::vec(any::<u8>(), 0..6_000),
    ) {
        let mut bytes = magic;
        bytes.extend_from_slice(&noise);
        let _ = analyse(&bytes);
    }

    #[test]
    fn bytes_without_a_magic_number_are_not_taken_for_audio(noise in prop::collection::vec(any::<u8>(), 1..20_000)) {
        prop_assert!(decode(noise.as_slice()).is_err());
    }
}
