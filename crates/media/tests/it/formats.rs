//! Every codec that can be taken is taken, and what can't is called by its name.

use soundkeep_media::{Codec, Container, Finding, MediaError, probe};

use crate::files::{DECODABLE, Wave, analyse, decode, fixture};

#[test]
fn every_fixture_is_recognised_by_content() {
    let expected = [
        ("alaw.wav", Container::Wav, Codec::Alaw, 8_000, 2, 250),
        ("bare.mp3", Container::Mp3, Codec::Mp3, 8_000, 2, 2_448),
        ("cbr.mp3", Container::Mp3, Codec::Mp3, 8_000, 2, 2_300),
        ("mono.opus", Container::Ogg, Codec::Opus, 16_000, 1, 2_300),
        ("mulaw.wav", Container::Wav, Codec::Mulaw, 8_000, 2, 2_300),
        ("mulaw_rf64.wav", Container::Rf64, Codec::Mulaw, 8_000, 1, 250),
        ("pcm_f32.wav", Container::Wav, Codec::PcmF32, 8_000, 1, 250),
        ("pcm_s16.wav", Container::Wav, Codec::PcmS16, 8_000, 2, 250),
        ("pcm_s24.wav", Container::Wav, Codec::PcmS24, 8_000, 1, 250),
        ("pcm_s32.wav", Container::Wav, Codec::PcmS32, 8_000, 1, 250),
        ("pcm_u8.wav", Container::Wav, Codec::PcmU8, 8_000, 1, 250),
        ("stereo.flac", Container::Flac, Codec::Flac, 8_000, 2, 1_000),
        ("stereo.opus", Container::Ogg, Codec::Opus, 16_000, 2, 2_300),
        ("surround.opus", Container::Ogg, Codec::Opus, 48_000, 6, 500),
        ("vbr44.mp3", Container::Mp3, Codec::Mp3, 44_100, 1, 2_300),
    ];
    for (name, container, codec, rate, channels, duration_ms) in expected {
        let bytes = fixture(name);
        let analysis = analyse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((analysis.container, analysis.codec), (container, codec), "{name}");
        assert_eq!((analysis.sample_rate_hz, analysis.channels.len()), (rate, channels), "{name}");
        assert_eq!(analysis.duration_ms(), duration_ms, "{name}");
        assert_eq!(analysis.bytes, bytes.len() as u64, "{name}");
        assert_eq!(
            analysis.findings,
            if name == "surround.opus" { analysis.findings.clone() } else { vec![] },
            "{name}"
        );
        let format = probe(bytes.as_slice()).unwrap();
        assert_eq!((format.container, format.codec), (container, codec), "{name}");
    }
}

#[test]
fn what_cannot_be_decoded_is_called_by_its_name() {
    let unsupported = |bytes: &[u8]| match analyse(bytes) {
        Err(MediaError::Unsupported { codec }) => codec,
        other => panic!("{other:?}"),
    };
    assert_eq!(unsupported(&fixture("gsm.wav")), "GSM 06.10");
    assert_eq!(unsupported(&fixture("ima_adpcm.wav")), "IMA ADPCM");
    assert_eq!(unsupported(&Wave::new(0x28F, 1, 16_000, 4, vec![0; 64]).bytes()), "G.722");
    assert_eq!(unsupported(&Wave::new(0x1234, 1, 8_000, 8, vec![0; 64]).bytes()), "WAVE codec 0x1234");
    assert_eq!(unsupported(b"\0\0\0\x18ftypM4A \0\0\0\0"), "MP4 or M4A");
    assert_eq!(unsupported(b"\x1A\x45\xDF\xA3\x01\0\0\0\0\0\0\0"), "Matroska or WebM");
    assert_eq!(unsupported(b"FORM\0\0\0\x10AIFFCOMM"), "AIFF");
    assert_eq!(unsupported(b"RIFF\x10\0\0\0AVI LIST"), "RIFF AVI");
    assert_eq!(unsupported(b"\xFF\xF1\x50\x80\x02\x1F\xFC\0\0\0\0\0"), "AAC");
}

#[test]
fn nothing_noise_and_no_audio_are_told_apart() {
    assert_eq!(analyse(b""), Err(MediaError::Empty));
    assert_eq!(
        analyse(b"Dear sir or madam, please find the recording attached.".as_slice()),
        Err(MediaError::Unrecognised)
    );
    assert_eq!(analyse(&[0; 10_000]), Err(MediaError::Unrecognised));
    assert_eq!(analyse(&Wave::mulaw(Vec::new()).bytes()), Err(MediaError::NoAudio));
    let mut only_tag = b"ID3\x04\0\0\0\0\0\x0A".to_vec();
    only_tag.extend_from_slice(&[0; 10]);
    assert_eq!(analyse(&only_tag), Err(MediaError::NoAudio));
}

#[test]
fn a_flac_is_decoded_sample_by_sample_like_its_source() {
    let (_, flac) = decode(fixture("stereo.flac").as_slice()).unwrap();
    let (_, source) = decode(fixture("pcm_s16.wav").as_slice()).unwrap();
    let from = 8_000 * 2 * 4 / 10;
    assert_eq!(flac[from..from + source.len()], source);
    assert!(source.iter().any(|sample| sample.abs() > 10_000));
}

#[test]
fn every_depth_of_pcm_means_the_same_sample() {
    let wave =
        |tag, bits, bytes: &[u8]| decode(Wave::new(tag, 1, 8_000, bits, bytes.to_vec()).bytes().as_slice()).unwrap().1;
    assert_eq!(wave(1, 8, &[0x00, 0x80, 0xC0, 0xFF]), [-32_768, 0, 16_384, 32_512]);
    assert_eq!(wave(1, 16, &[0x00, 0x80, 0x00, 0x40]), [-32_768, 16_384]);
    assert_eq!(wave(1, 24, &[0xFF, 0x00, 0x80, 0x00, 0x00, 0x40]), [-32_768, 16_384]);
    assert_eq!(wave(1, 32, &[0xFF, 0xFF, 0x00, 0x80, 0, 0, 0, 0x40]), [-32_768, 16_384]);
    let floats: Vec<u8> = [-1.0_f32, 0.5, 7.0, f32::NAN].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(wave(3, 32, &floats), [-32_768, 16_384, 32_767, 0]);
    let doubles: Vec<u8> = [-1.0_f64, 0.5].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(wave(3, 64, &doubles), [-32_768, 16_384]);
}

#[test]
fn lossy_codecs_come_out_in_time_and_in_shape() {
    let (_, reference) = decode(fixture("mulaw.wav").as_slice()).unwrap();
    let left: Vec<f64> = reference.chunks(2).map(|frame| f64::from(frame[0])).collect();
    for (name, step, lag_max) in [("cbr.mp3", 2, 2), ("stereo.opus", 4, 8)] {
        let (_, samples) = decode(fixture(name).as_slice()).unwrap();
        let decoded: Vec<f64> = samples.iter().step_by(step).map(|sample| f64::from(*sample)).collect();
        assert_eq!(decoded.len(), left.len(), "{name}");
        let (lag, likeness) = best_lag(&left, &decoded);
        assert!(lag.abs() <= lag_max && likeness > 0.9, "{name}: lag {lag}, likeness {likeness}");
    }
}

#[test]
fn voices_are_found_on_the_channel_that_they_speak_on() {
    for name in ["mulaw.wav", "cbr.mp3", "stereo.opus"] {
        let analysis = analyse(&fixture(name)).unwrap();
        let spans: Vec<(u64, u64)> =
            analysis.channels.iter().map(|channel| (channel.speech[0].from_ms, channel.speech[0].until_ms)).collect();
        assert!(analysis.channels.iter().all(|channel| channel.speech.len() == 1), "{name}: {analysis:?}");
        assert!(spans[0].0.abs_diff(520) <= 40 && spans[0].1.abs_diff(1_240) <= 80, "{name}: {spans:?}");
        assert!(spans[1].0.abs_diff(1_360) <= 40 && spans[1].1.abs_diff(2_020) <= 80, "{name}: {spans:?}");
    }
}

#[test]
fn a_name_means_nothing_and_tags_are_skipped() {
    for name in ["cbr.mp3", "bare.mp3", "stereo.flac", "mulaw.wav"] {
        let bytes = fixture(name);
        let plain = decode(bytes.as_slice()).unwrap();
        let mut tagged = b"ID3\x04\0\x10\0\0\x02\x01".to_vec();
        tagged.extend_from_slice(&[b'x'; 257 + 10]);
        tagged.extend_from_slice(b"ID3\x03\0\0\0\0\0\x05hello");
        tagged.extend_from_slice(&bytes);
        assert_eq!(decode(tagged.as_slice()).unwrap(), plain, "{name}");
    }
    let mut with_trailer = fixture("bare.mp3");
    with_trailer.extend_from_slice(b"TAG");
    with_trailer.extend_from_slice(&[b' '; 125]);
    assert_eq!(analyse(&with_trailer).unwrap().findings, []);
}

#[test]
fn an_extensible_header_is_read_like_a_plain_one() {
    let plain = Wave::new(1, 2, 8_000, 16, (0..=255).collect());
    let extensible = Wave { extensible: true, ..plain.clone() };
    assert_eq!(decode(extensible.bytes().as_slice()).unwrap(), decode(plain.bytes().as_slice()).unwrap());
}

#[test]
fn oddities_are_told_and_do_not_keep_a_file_out() {
    let findings = |bytes: &[u8]| analyse(bytes).unwrap().findings;
    let voice: Vec<u8> = (0..=255).cycle().take(8_000).collect();
    let streamed = Wave { declared: Some(u32::MAX), ..Wave::mulaw(voice.clone()) };
    assert_eq!(findings(&streamed.bytes()), [Finding::LengthUnknown]);
    let mut trailing = Wave::mulaw(voice.clone()).bytes();
    trailing.extend_from_slice(&[0xAA; 33]);
    assert_eq!(findings(&trailing), [Finding::TrailingBytes { bytes: 33 }]);
    assert_eq!(findings(&Wave::mulaw(vec![0xFF; 800]).bytes()), [Finding::OnlySilence]);
    let mut damaged = fixture("bare.mp3");
    damaged.splice(1_000..1_000, [0; 500]);
    let found = findings(&damaged);
    assert!(matches!(found.first(), Some(Finding::SkippedBytes { .. })), "{found:?}");
    let mut flac = fixture("stereo.flac");
    let middle = flac.len() / 2;
    flac[middle] ^= 0x10;
    assert!(findings(&flac).contains(&Finding::ChecksumMismatch));
}

#[test]
fn all_decodable_fixtures_are_listed() {
    for name in DECODABLE {
        assert!(probe(fixture(name).as_slice()).is_ok(), "{name}");
    }
}

/// The shift within 200 samples at which two signals are most alike, and how alike they are there.
fn best_lag(a: &[f64], b: &[f64]) -> (i64, f64) {
    let norm = |x: &[f64]| x.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = norm(a) * norm(b);
    (-200_i64..=200)
        .map(|lag| {
            let (from_a, from_b) = (lag.min(0).unsigned_abs() as usize, lag.max(0) as usize);
            let product: f64 = a.iter().skip(from_a).zip(b.iter().skip(from_b)).map(|(x, y)| x * y).sum();
            (lag, product / scale)
        })
        .max_by(|(_, x), (_, y)| x.total_cmp(y))
        .unwrap()
}
