//! How the ledger's large columns are packed: bodies, rows as they were read, lists of its own types.
//!
//! Packing a portfolio costs about as much as checking it, so how hard it is done is weighed here. What was packed
//! otherwise before is read all the same. Nothing here touches the file.

use std::cell::RefCell;
use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{CParameter, ParamSwitch, Strategy, compress_bound, get_frame_content_size};

use super::{FILE_NAME, damaged};
use crate::problem::Result;

/// The lowest of the levels that save space, with its parameters set by what portfolios are: many short values, of
/// which hardly one comes again nearby, between names that come again with every record. Shorter repeats are not
/// looked for, and the longer nothing repeats the more is passed over: a third less work, for a tenth more space.
const PARAMETERS: [CParameter; 7] = [
    CParameter::CompressionLevel(1),
    CParameter::Strategy(Strategy::ZSTD_fast),
    CParameter::MinMatch(7),
    CParameter::HashLog(13),
    CParameter::TargetLength(4),
    // Which passing over would otherwise turn off.
    CParameter::LiteralCompressionMode(ParamSwitch::Enable),
    // A flipped bit must not become another debtor's data.
    CParameter::ChecksumFlag(true),
];

thread_local! {
    /// What a thread compresses with; to make it takes longer than to compress a small piece.
    static COMPRESSOR: RefCell<Compressor<'static>> = RefCell::new(compressor());
    /// What a thread reads back with; to begin anew takes as long as some thousand bytes do.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compressor() -> Compressor<'static> {
    let mut compressor = Compressor::default();
    for parameter in PARAMETERS {
        compressor.set_parameter(parameter).expect("these parameters are within what they may be");
    }
    compressor
}

/// Compresses bytes, with a checksum.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(compress_bound(bytes.len()));
    let written = COMPRESSOR.with_borrow_mut(|compressor| compressor.compress_to_buffer(bytes, &mut packed));
    written.expect("memory can be compressed into memory that is large enough");
    packed.shrink_to_fit();
    packed
}

/// Packs one of the ledger's own types.
pub(super) fn pack(value: &impl Serialize) -> Vec<u8> {
    compress(&postcard::to_stdvec(value).expect("the ledger's own types can be packed"))
}

/// Reads back what [`pack`] has packed.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(&decompress(bytes)?).map_err(|error| damaged(Path::new(FILE_NAME), error))
}

/// Reads back what [`compress`] has compressed.
pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>> {
    /// A size that a damaged line claims is not believed beyond this; such a line is read piece by piece.
    const BELIEVED_MOST: u64 = 64 << 20;
    let at_once = |size: u64| {
        DECOMPRESSOR.with_borrow_mut(|decompressor| {
            let decompressor = match decompressor {
                Some(decompressor) => decompressor,
                None => decompressor.insert(Decompressor::new()?),
            };
            decompressor.decompress(bytes, usize::try_from(size).unwrap_or_default())
        })
    };
    let whole = match get_frame_content_size(bytes) {
        Ok(Some(size)) if size <= BELIEVED_MOST => at_once(size),
        _ => zstd::decode_all(bytes),
    };
    whole.map_err(|error| damaged(Path::new(FILE_NAME), error))
}
