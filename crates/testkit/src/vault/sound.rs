//! Audio that is made on the spot.

/// A WAV file of 16-bit PCM at 8 kHz: a tone per channel, not the same for two numbers.
#[must_use]
pub fn wav(channels: u16, seconds: u32, number: u64) -> Vec<u8> {
    const RATE: u32 = 8000;
    let frames = RATE * seconds;
    let data_bytes = frames * u32::from(channels) * 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&channels.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * u32::from(channels) * 2).to_le_bytes());
    file.extend_from_slice(&(channels * 2).to_le_bytes());
    file.extend_from_slice(&16_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    for frame in 0..frames {
        for channel in 0..channels {
            let period = 20 + 7 * u32::from(channel);
            let up = (frame / period) % 2 == 0;
            file.extend_from_slice(&if up { 6000_i16 } else { -6000_i16 }.to_le_bytes());
        }
    }
    // The first samples are the number, so that no two files are alike.
    let place = 44..file.len().min(52);
    let length = place.len();
    file[place].copy_from_slice(&number.to_le_bytes()[..length]);
    file
}
