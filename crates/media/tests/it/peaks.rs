//! The one-pass analysis equals a naive computation that holds the whole file.

use proptest::prelude::*;
use soundkeep_media::{AnalysisOptions, Discard, Reach, analyse_stream};

use crate::files::{Pieces, Wave, analyse, decode, fixture};

/// One plain decoder per codec, straight from its definition.
fn naive_samples(wave: &Wave) -> Vec<i16> {
    let sample = |bytes: &[u8]| -> i16 {
        match (wave.tag, wave.bits) {
            (7, _) => {
                let inverted = 255 - i32::from(bytes[0]);
                let magnitude = ((33 + 2 * (inverted % 16)) << (inverted / 16 % 8)) - 33;
                (if bytes[0] < 128 { -magnitude } else { magnitude } * 4) as i16
            }
            (6, _) => {
                let plain = i32::from(bytes[0] ^ 0x55);
                let (segment, mantissa) = (plain / 16 % 8, plain % 16);
                let magnitude = if segment == 0 { 2 * mantissa + 1 } else { (2 * mantissa + 33) << (segment - 1) };
                (if plain < 128 { -magnitude } else { magnitude } * 8) as i16
            }
            (_, 8) => ((i32::from(bytes[0]) - 128) * 256) as i16,
            _ => i16::from_le_bytes([bytes[bytes.len() - 2], bytes[bytes.len() - 1]]),
        }
    };
    wave.data.chunks_exact(usize::from(wave.bits) / 8).map(sample).collect()
}

fn naive_peaks(samples: &[i16], channels: usize, rate: usize, ticks_per_point: usize, channel: usize) -> Vec<i8> {
    let frames: Vec<i16> = samples.chunks_exact(channels).map(|frame| frame[channel]).collect();
    let mut peaks = Vec::new();
    let mut from = 0;
    for point in 1.. {
        let until = (point * ticks_per_point * rate / 50).min(frames.len());
        if from >= frames.len() {
            break;
        }
        let eighth = |sample: i16| ((f64::from(sample) * 127.0 / 32_767.0).round() as i32).clamp(-127, 127) as i8;
        peaks.push(eighth(*frames[from..until].iter().min().unwrap()));
        peaks.push(eighth(*frames[from..until].iter().max().unwrap()));
        from = until;
    }
    peaks
}

fn odd_chunks() -> impl Strategy<Value = Vec<([u8; 4], Vec<u8>)>> {
    let id = prop_oneof![Just(*b"LIST"), Just(*b"bext"), Just(*b"PEAK"), Just(*b"fact"), Just(*b"JUNK")];
    prop::collection::vec((id, prop::collection::vec(any::<u8>(), 0..40)), 0..3)
}

fn waves() -> impl Strategy<Value = Wave> {
    let codec = prop_oneof![Just((7, 8)), Just((6, 8)), Just((1, 8)), Just((1, 16)), Just((1, 24)), Just((1, 32))];
    let rate = prop_oneof![Just(8_000), Just(11_025), Just(16_000), Just(44_100), 1_000..60_000_u32];
    (codec, 1..=8_u16, rate, prop::collection::vec(any::<u8>(), 1..60_000), odd_chunks(), odd_chunks(), any::<bool>())
        .prop_filter_map("at least a frame", |((tag, bits), channels, rate, mut data, before, after, extensible)| {
            let block = usize::from(channels) * usize::from(bits / 8);
            data.truncate(data.len() / block * block);
            let wave = Wave::new(tag, channels, rate, bits, data);
            (!wave.data.is_empty()).then_some(Wave { before, after, extensible, ..wave })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_pass_equals_the_whole_file(wave in waves(), points in prop_oneof![Just(4_usize), Just(32), Just(20_000)]) {
        let bytes = wave.bytes();
        let expected = naive_samples(&wave);
        let options = AnalysisOptions { points_per_channel_max: points, reach: Reach::Everywhere };
        let analysis = analyse_stream(bytes.as_slice(), &options, &mut Discard).unwrap();
        let channels = usize::from(wave.channels);
        prop_assert_eq!(&decode(bytes.as_slice()).unwrap().1, &expected);
        prop_assert_eq!(analysis.frames as usize, expected.len() / channels);
        prop_assert_eq!(analysis.bytes, bytes.len() as u64);
        let ticks_per_point = analysis.milliseconds_per_point as usize / 20;
        for (number, channel) in analysis.channels.iter().enumerate() {
            let naive = naive_peaks(&expected, channels, wave.rate as usize, ticks_per_point, number);
            prop_assert_eq!(channel.peaks.values(), naive.as_slice());
            prop_assert!(channel.peaks.points() <= points);
            let loudest = expected.iter().skip(number).step_by(channels).map(|sample| sample.unsigned_abs()).max();
            prop_assert_eq!(Some(channel.peak_level), loudest);
        }
    }

    #[test]
    fn the_size_of_reads_changes_nothing(
        sizes in prop::collection::vec(prop_oneof![1..4_usize, 1..5_000_usize], 1..20),
        name in prop_oneof![
            Just("mulaw.wav"), Just("pcm_s24.wav"), Just("mulaw_rf64.wav"), Just("cbr.mp3"), Just("bare.mp3"),
            Just("vbr44.mp3"), Just("stereo.opus"), Just("surround.opus"), Just("stereo.flac")
        ],
    ) {
        let bytes = fixture(name);
        let pieces = Pieces { bytes: &bytes, sizes: &sizes, turn: 0 };
        let analysis = analyse_stream(pieces, &AnalysisOptions::default(), &mut Discard);
        prop_assert_eq!(analysis, analyse(&bytes));
    }
}

#[test]
fn an_analysis_survives_serialisation() {
    let analysis = analyse(&fixture("stereo.opus")).unwrap();
    let json = serde_json::to_string(&analysis).unwrap();
    assert_eq!(serde_json::from_str::<soundkeep_media::Analysis>(&json).unwrap(), analysis);
    assert!(json.contains(r#""speech":[[520,"#), "{json}");
}
