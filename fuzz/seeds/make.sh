#!/bin/sh
# Makes the seeds of sound: a few milliseconds of each container. Needs metaflac, and ffmpeg with libopus and
# libmp3lame.
# The other seeds are written by `cargo run -p soundkeep-fuzz-targets --example seeds`.
set -eu
cd "$(dirname "$0")"
mkdir -p media_file media_ogg
sound() { # rate channels milliseconds output options...
    rate=$1 channels=$2 milliseconds=$3 output=$4
    shift 4
    ffmpeg -v error -y -f lavfi -i "aevalsrc='0.5*sin(2*PI*440*t)+0.1*random(0)':s=$rate:d=0.$milliseconds" \
        -ac "$channels" -map_metadata -1 -fflags +bitexact -flags:a +bitexact "$@" "$output"
}
sound 8000 1 040 media_file/short.flac -c:a flac
sound 16000 2 020 media_file/stereo.flac -c:a flac -compression_level 8
sound 8000 1 200 media_file/short.mp3 -c:a libmp3lame -b:a 8k
sound 44100 2 060 media_file/vbr.mp3 -c:a libmp3lame -q:a 9 -write_xing 1 -id3v2_version 3
sound 8000 1 050 media_file/pcm.wav -c:a pcm_s16le
sound 8000 2 020 media_file/float.wav -c:a pcm_f32le
sound 8000 1 050 media_file/long.rf64.wav -c:a pcm_alaw -rf64 always
sound 48000 1 100 media_ogg/mono.opus -c:a libopus -b:a 8k
sound 48000 2 060 media_ogg/stereo.opus -c:a libopus -b:a 32k -frame_duration 10
sound 48000 1 120 media_ogg/long-frames.opus -c:a libopus -b:a 6k -frame_duration 60 -application voip
metaflac --remove-all --dont-use-padding media_file/short.flac media_file/stereo.flac
