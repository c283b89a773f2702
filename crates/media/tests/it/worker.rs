//! The protocol between child and parent, and the limits of a real child.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use proptest::prelude::*;
use soundkeep_media::worker::{Frame, FrameDecoder, FrameWriter, ProtocolError, run, verdict_of_exit};
use soundkeep_media::{AnalysisOptions, MediaError, PlaybackPlan};

use crate::files::{Wave, analyse, fixture};

fn frames_of(bytes: &[u8], piece: usize) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new();
    let mut frames = Vec::new();
    for part in bytes.chunks(piece) {
        decoder.push(part);
        while let Some(frame) = decoder.next_frame().unwrap() {
            frames.push(frame);
        }
    }
    assert!(decoder.is_empty());
    frames
}

#[test]
fn the_child_tells_the_plan_then_the_form_then_the_analysis() {
    let original = fixture("mulaw.wav");
    let mut output = Vec::new();
    run(original.as_slice(), &mut output, &AnalysisOptions::default()).unwrap();
    for piece in [1, 5, 4_096, usize::MAX] {
        let frames = frames_of(&output, piece);
        let Frame::Begin { plan: PlaybackPlan::Transcode { bytes, .. }, .. } = &frames[0] else { panic!() };
        let form: u64 =
            frames.iter().map(|frame| if let Frame::Playback(part) = frame { part.len() as u64 } else { 0 }).sum();
        assert_eq!(form, *bytes);
        let Some(Frame::Analysis(analysis)) = frames.last() else { panic!() };
        assert_eq!(**analysis, analyse(&original).unwrap());
    }
}

#[test]
fn the_child_says_what_is_wrong_with_a_file() {
    let mut output = Vec::new();
    run(fixture("gsm.wav").as_slice(), &mut output, &AnalysisOptions::default()).unwrap();
    let failed = Frame::Failed(MediaError::Unsupported { codec: "GSM 06.10".to_owned() });
    assert_eq!(frames_of(&output, 100), [failed]);
    assert!(String::from_utf8_lossy(&output).ends_with(r#"{"code":"unsupported","codec":"GSM 06.10"}"#));
}

#[test]
fn a_child_that_was_taken_over_cannot_fill_the_parents_memory() {
    let next = |bytes: &[u8]| {
        let mut decoder = FrameDecoder::new();
        decoder.push(bytes);
        decoder.next_frame()
    };
    assert_eq!(next(&[9, 0, 0, 0, 0]), Err(ProtocolError::UnknownKind(9)));
    assert_eq!(next(&[2, 0xFF, 0xFF, 0xFF, 0xFF]), Err(ProtocolError::TooLong));
    assert_eq!(next(&[3, 0, 0, 0, 0x10]), Err(ProtocolError::TooLong));
    assert_eq!(next(&[3, 2, 0, 0, 0, b'{', b'}']), Err(ProtocolError::Unreadable));
    assert_eq!(next(&[3, 2, 0, 0, 0, b'{']), Ok(None));
}

#[test]
fn every_error_travels_with_its_code() {
    let errors = [
        MediaError::Empty,
        MediaError::Unrecognised,
        MediaError::Unsupported { codec: "GSM".to_owned() },
        MediaError::Truncated { expected_ms: None, found_ms: 7 },
        MediaError::Corrupt { what: "x".to_owned() },
        MediaError::TooManyChannels { channels: 9 },
        MediaError::NoAudio,
        MediaError::Limits { what: "x".to_owned() },
        MediaError::Io { what: "x".to_owned() },
    ];
    let mut output = Vec::new();
    let mut writer = FrameWriter::new(&mut output);
    for error in &errors {
        assert_eq!(serde_json::to_value(error).unwrap()["code"], error.code());
        writer.write_frame(&Frame::Failed(error.clone())).unwrap();
    }
    assert_eq!(frames_of(&output, 11), errors.map(Frame::Failed));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_from_the_child_is_answered(parts in prop::collection::vec(prop::collection::vec(0..6_u8, 0..40), 0..20)) {
        let mut decoder = FrameDecoder::new();
        for part in parts {
            decoder.push(&part);
            while let Ok(Some(_)) = decoder.next_frame() {}
        }
    }
}

fn child(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_soundkeep-media-worker"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_real_child_gives_the_same_analysis() {
    let original = fixture("alaw.wav");
    let mut child = child(&[]);
    child.stdin.take().unwrap().write_all(&original).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let frames = frames_of(&output.stdout, 1_000);
    assert_eq!(frames.last(), Some(&Frame::Analysis(Box::new(analyse(&original).unwrap()))));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    /// A WAVE header for a stream that never ends.
    fn endless_header() -> Vec<u8> {
        Wave { declared: Some(u32::MAX), ..Wave::mulaw(Vec::new()) }.bytes()
    }

    fn status_of(child: &Child, file: &str, field: &str) -> String {
        let text = std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
        line.trim_start_matches(field).split_whitespace().next().unwrap().to_owned()
    }

    #[test]
    fn the_child_has_taken_its_own_rights_away_before_it_reads() {
        let mut child = child(&["400000000", "77"]);
        let mut input = child.stdin.take().unwrap();
        input.write_all(&endless_header()).unwrap();
        input.write_all(&[0x33; 200_000]).unwrap();
        // The first byte of an answer comes after the limits.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        for (field, expected) in [
            ("Max core file size", "0"),
            ("Max file size", "0"),
            ("Max processes", "0"),
            ("Max open files", "3"),
            ("Max cpu time", "77"),
            ("Max address space", "400000000"),
        ] {
            assert_eq!(status_of(&child, "limits", field), expected, "{field}");
        }
        assert_eq!(status_of(&child, "status", "NoNewPrivs:"), "1");
        drop(input);
        child.wait().unwrap();
    }

    #[test]
    fn a_child_that_runs_too_long_is_ended_by_the_kernel() {
        let mut child = child(&["400000000", "1"]);
        let mut input = child.stdin.take().unwrap();
        input.write_all(&endless_header()).unwrap();
        while input.write_all(&[0x33; 65_536]).is_ok() {}
        let status = child.wait().unwrap();
        assert_eq!(verdict_of_exit(status.signal()).code(), "limits", "{status:?}");
    }

    #[test]
    fn a_child_without_memory_ends_and_the_verdict_says_so() {
        let mut child = child(&["1", "10"]);
        let _ = child.stdin.take().unwrap().write_all(&fixture("stereo.flac"));
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(6), "{status:?}");
        assert_eq!(verdict_of_exit(status.signal()), MediaError::Limits { what: "the memory for decoding".to_owned() });
        assert_eq!(verdict_of_exit(None).code(), "corrupt");
    }

    #[test]
    fn memory_is_the_same_for_a_long_recording() {
        let peak_kib = |blocks: usize| {
            let header = Wave { declared: Some(0x7000_0000), ..Wave::mulaw(Vec::new()) }.bytes();
            let mut child = child(&[]);
            let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
            let writer = std::thread::spawn(move || {
                input.write_all(&header).unwrap();
                let block: Vec<u8> = (0..=255).cycle().take(65_536).collect();
                for _ in 0..blocks {
                    // The child is ended before the last of it is written.
                    let _ = input.write_all(&block);
                }
                input
            });
            // The playback form is twice the size; when nearly all has come out, nearly all has been worked on.
            let mut seen = 0;
            let mut buffer = vec![0; 65_536];
            while seen < 2 * 65_536 * (blocks - 4) {
                seen += output.read(&mut buffer).unwrap();
            }
            let peak: u64 = status_of(&child, "status", "VmHWM:").parse().unwrap();
            child.kill().unwrap();
            drop(output);
            drop(writer.join().unwrap());
            child.wait().unwrap();
            peak
        };
        let (short, long) = (peak_kib(16), peak_kib(2_048));
        assert!(long < short + 2_048 && long < 32 * 1_024, "{short} KiB for 1 MiB, {long} KiB for 128 MiB");
    }
}
