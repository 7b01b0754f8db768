//! Pictures of people and experts, made anew from what was sent: a square of points, and nothing else of the file.
//!
//! Where a photo was taken, what else its file may be read as, and whatever its decoder did not understand, end here.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, codecs::png::PngEncoder,
    error::ImageResult, imageops::FilterType, metadata::Orientation,
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    domain::{error::AppError, limits::PICTURE_BYTES},
    texts::images as texts,
};

/// How many points a picture is wide and high: sharp at the largest size in which a page shows it, on a screen with four
/// points for each.
const SIDE: u32 = 256;
/// The most points of what is sent: more than the cameras of telephones make by themselves.
const POINTS: u64 = 40_000_000;
/// The most points on one side.
const SIDE_SENT: u32 = 20_000;
/// The most memory of one that is being read: four bytes a point, and room for the decoder.
const MEMORY: u64 = 4 * POINTS + 32 * 1024 * 1024;
/// One at a time a node: each may take as much memory as all else together.
static TURN: Semaphore = Semaphore::const_new(1);

/// A picture that was made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is, as HTTP says it.
    pub media_type: &'static str,
    /// Its file.
    pub data: Vec<u8>,
}

/// Makes a picture from the bytes of a file that somebody sent.
///
/// # Errors
/// `Invalid` if it is none of the formats, broken, or too large; `Unavailable` while the server stops.
pub async fn picture(sent: Vec<u8>) -> Result<Picture, AppError> {
    let turn = TURN.acquire().await.map_err(|_| AppError::Unavailable)?;
    // Held by the work itself: it goes on when whoever asked does not wait any more.
    let made = spawn_blocking(move || {
        let _turn = turn;
        make(&sent)
    });
    let made = made.await;
    made.map_err(|error| {
        tracing::error!(%error, "a picture could not be looked at");
        AppError::Unavailable
    })?
}

fn make(sent: &[u8]) -> Result<Picture, AppError> {
    if sent.is_empty() {
        return Err(AppError::invalid(texts::NO_FILE));
    }
    if sent.len() > PICTURE_BYTES {
        return Err(AppError::invalid(texts::too_many_bytes()));
    }
    let format = image::guess_format(sent)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP));
    let format = format.ok_or_else(|| AppError::invalid(texts::NO_PICTURE))?;
    let picture = read(sent, format).map_err(|error| AppError::invalid(reason(&error)))?;
    let square = picture.resize_to_fill(SIDE, SIDE, FilterType::Triangle).into_rgba8();
    let mut data = Vec::new();
    square.write_with_encoder(PngEncoder::new(&mut data)).map_err(|error| {
        tracing::error!(%error, "a picture could not be written");
        AppError::Unavailable
    })?;
    Ok(Picture { media_type: "image/png", data })
}

/// Reads it, upright, if its head promises that it is small enough.
fn read(sent: &[u8], format: ImageFormat) -> ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_SENT);
    limits.max_image_height = Some(SIDE_SENT);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(sent), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > POINTS {
        return Err(too_large());
    }
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    // A picture whose orientation cannot be read is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_large() -> ImageError {
    use image::error::{LimitError, LimitErrorKind};
    ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError))
}

fn reason(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => texts::too_many_points(POINTS),
        _ => texts::BROKEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    /// Left half red, right half blue.
    fn two_halves(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture =
            RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 0, 0]) } else { Rgb([0, 0, 220]) });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn made(sent: &[u8]) -> image::RgbaImage {
        let picture = make(sent).unwrap();
        assert_eq!(picture.media_type, "image/png");
        image::load_from_memory_with_format(&picture.data, ImageFormat::Png).unwrap().into_rgba8()
    }

    fn refusal(sent: &[u8]) -> String {
        make(sent).unwrap_err().to_string()
    }

    #[test]
    fn any_of_the_formats_becomes_a_square_of_the_middle() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let square = made(&two_halves(400, 100, format));
            assert_eq!(square.dimensions(), (SIDE, SIDE), "{format:?}");
            let (left, right) = (square.get_pixel(20, 128), square.get_pixel(236, 128));
            assert!(left[0] > 180 && left[2] < 60 && right[2] > 180 && right[0] < 60, "{format:?} {left:?} {right:?}");
        }
        assert_eq!(made(&two_halves(1, 1, ImageFormat::Png)).dimensions(), (SIDE, SIDE));
    }

    #[test]
    fn nothing_of_the_file_survives_but_what_is_seen() {
        let mut sent = two_halves(64, 64, ImageFormat::Jpeg);
        // A comment after the begin of the file, and a page behind its end.
        let comment = [&[0xFF, 0xFE, 0x00, 0x12][..], b"taken at home..."].concat();
        sent.splice(2..2, comment);
        sent.extend(b"<script>alert(1)</script>");
        let picture = make(&sent).unwrap();
        for word in [&b"home"[..], b"script"] {
            assert!(!picture.data.windows(word.len()).any(|part| part == word));
        }
    }

    #[test]
    fn a_photo_stands_upright() {
        let mut sent = two_halves(64, 64, ImageFormat::Jpeg);
        // Exif with the orientation 6: to be turned by a quarter to the right, so that what was left is above.
        let exif = [
            &[0xFF, 0xE1, 0x00, 0x22][..],
            b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
        ]
        .concat();
        sent.splice(2..2, exif);
        let square = made(&sent);
        assert!(square.get_pixel(128, 20)[0] > 180 && square.get_pixel(128, 236)[2] > 180);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(refusal(b""), texts::NO_FILE);
        for sent in
            [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"<!doctype html><p>Hi", b"GIF89a", b"\0\0\0", b"BM"]
        {
            assert_eq!(refusal(sent), texts::NO_PICTURE, "{sent:?}");
        }
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let whole = two_halves(64, 64, format);
            assert_eq!(refusal(&whole[..16]), texts::BROKEN, "{format:?}");
        }
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_refused_by_its_head() {
        let mut bomb = two_halves(8, 8, ImageFormat::Png);
        let side = 50_000_u32.to_be_bytes();
        bomb.splice(16..24, [side, side].concat());
        let sum = crc32(&bomb[12..29]).to_be_bytes();
        bomb.splice(29..33, sum);
        assert_eq!(refusal(&bomb), texts::too_many_points(POINTS));
        let mut wide = two_halves(8, 8, ImageFormat::Png);
        wide.splice(16..24, [10_000_u32.to_be_bytes(), 10_000_u32.to_be_bytes()].concat());
        let sum = crc32(&wide[12..29]).to_be_bytes();
        wide.splice(29..33, sum);
        assert_eq!(refusal(&wide), texts::too_many_points(POINTS));
        assert_eq!(refusal(&vec![0; PICTURE_BYTES + 1]), texts::too_many_bytes());
    }

    /// The checksum of a chunk (ISO 3309, as PNG names it).
    fn crc32(bytes: &[u8]) -> u32 {
        let fold = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
        };
        !bytes.iter().fold(u32::MAX, fold)
    }
}
