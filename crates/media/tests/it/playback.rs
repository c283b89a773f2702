//! The playback form is a plain file with the very samples of the original.

use std::io;

use soundkeep_media::{AnalysisOptions, Codec, Format, MediaError, PlaybackPlan, PlaybackSink, Reach, analyse_stream};

use crate::files::{Wave, decode, fixture};

fn played(bytes: &[u8], reach: Reach) -> (PlaybackPlan, Vec<u8>) {
    let mut form = Vec::new();
    let options = AnalysisOptions { reach, ..AnalysisOptions::default() };
    let analysis = analyse_stream(bytes, &options, &mut form).unwrap();
    (analysis.playback, form)
}

#[test]
fn a_transcoded_form_has_the_samples_of_its_original() {
    for name in ["mulaw.wav", "alaw.wav", "mulaw_rf64.wav", "pcm_f32.wav", "pcm_s32.wav"] {
        let original = fixture(name);
        let (plan, form) = played(&original, Reach::Everywhere);
        let PlaybackPlan::Transcode { media_type, bytes } = plan else { panic!("{name}: {plan:?}") };
        assert_eq!((media_type.as_str(), bytes), ("audio/wav", form.len() as u64), "{name}");
        let (format, samples) = decode(form.as_slice()).unwrap();
        let (original_format, original_samples) = decode(original.as_slice()).unwrap();
        assert_eq!(format.codec, Codec::PcmS16, "{name}");
        assert_eq!(
            (format.sample_rate_hz, format.channels, samples),
            (original_format.sample_rate_hz, original_format.channels, original_samples),
            "{name}"
        );
        assert_eq!(played(&form, Reach::Everywhere).0, PlaybackPlan::AsIs { media_type: "audio/wav".to_owned() });
    }
}

#[test]
fn what_plays_as_it_is_makes_no_second_form() {
    for name in ["pcm_s16.wav", "pcm_s24.wav", "pcm_u8.wav", "cbr.mp3", "stereo.opus", "stereo.flac"] {
        let (plan, form) = played(&fixture(name), Reach::Everywhere);
        assert!(matches!(plan, PlaybackPlan::AsIs { .. }) && form.is_empty(), "{name}: {plan:?}");
    }
    let (plan, form) = played(&fixture("mulaw.wav"), Reach::MostBrowsers);
    assert!(matches!(plan, PlaybackPlan::AsIs { .. }) && form.is_empty());
}

#[test]
fn a_form_that_falls_short_of_its_header_is_an_error() {
    let mut wave = Wave::mulaw(vec![0x10; 4_000]);
    wave.declared = Some(5_000);
    let result = analyse_stream(wave.bytes().as_slice(), &AnalysisOptions::default(), &mut Vec::new());
    assert_eq!(result.unwrap_err(), MediaError::Truncated { expected_ms: Some(625), found_ms: 500 });
}

#[test]
fn a_sink_that_is_full_ends_the_analysis() {
    struct Full;
    impl PlaybackSink for Full {
        fn begin(&mut self, _: &Format, _: &PlaybackPlan) -> io::Result<()> {
            Ok(())
        }
        fn write(&mut self, _: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let result = analyse_stream(fixture("mulaw.wav").as_slice(), &AnalysisOptions::default(), &mut Full);
    assert_eq!(result.unwrap_err().code(), "io");
}
