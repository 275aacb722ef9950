//! Blocks of memory that the gateway and the plug-in hand each other.

use std::alloc::{Layout, alloc, dealloc};

/// Blocks are rounded up to 16 bytes: a block of no bytes would have no address of its own.
fn layout(size: u32) -> Layout {
    let rounded = (size as usize).max(1).next_multiple_of(16);
    Layout::from_size_align(rounded, 16).unwrap_or(Layout::new::<u128>())
}

/// A block for the gateway to write to; null when there is no memory left.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: u32) -> *mut u8 {
    if size > i32::MAX as u32 - 16 {
        return std::ptr::null_mut();
    }
    // SAFETY: the layout's size is never zero.
    unsafe { alloc(layout(size)) }
}

/// # Safety
/// `block` comes from `malloc(size)` or from a hook that answered `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut u8, size: u32) {
    if !block.is_null() {
        // SAFETY: as promised above; both kinds of block were made with layout(size).
        unsafe { dealloc(block, layout(size)) }
    }
}

/// What the gateway wrote. The bytes are the gateway's to free, after the call.
///
/// # Safety
/// `block` holds `size` bytes for as long as the result is used.
pub unsafe fn take<'a>(block: *const u8, size: u32) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    // SAFETY: as promised above.
    unsafe { std::slice::from_raw_parts(block, size as usize) }
}

/// Hands `text` to the gateway: address in the upper half, length in the lower. The gateway frees it.
pub fn give(text: &[u8]) -> u64 {
    let size = text.len() as u32;
    let block = malloc(size);
    if block.is_null() {
        return 0;
    }
    // SAFETY: the block has `size` bytes and is new, so it cannot overlap.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), block, text.len()) };
    ((block as usize as u64) << 32) | u64::from(size)
}
