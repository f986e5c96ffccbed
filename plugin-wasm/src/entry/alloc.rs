//! The guest's heap: all linear memory above the data, with an allocator that can be reset.
//!
//! After a trap the heap is as the trapped call left it, and nothing in it may be read. The allocator of wasi-libc
//! cannot be reset, so it is not used, and nothing here calls libc, whose heap would begin at the same address.
#![expect(unsafe_code, reason = "the global allocator")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

const PAGE: usize = 64 * 1024;

/// The maximum number of pages that the guest may have: 16 MiB. A request that needs more fails.
const MAX_PAGES: usize = 256;

unsafe extern "C" {
    /// The first byte above data and stack, which the linker sets.
    static __heap_base: u8;
}

/// The linear memory of the heap, from `__heap_base` to `end`.
#[derive(Debug)]
struct LinearMemory {
    end: Option<NonNull<u8>>,
}

// SAFETY: `acquire` does not call the allocator for which it gets memory.
unsafe impl Source for LinearMemory {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let base = &raw const __heap_base as usize;
        let old_end = talc.source.end;
        let from = old_end.map_or(base, |end| end.as_ptr() as usize);
        // Room for the block, its metadata and its alignment.
        let wanted = layout.size().saturating_add(layout.align()).saturating_add(64);
        let end = reach(from.saturating_add(wanted.max(STEP)))?;
        // SAFETY: the memory from the old end to the new one is contiguous and inside linear memory, and nothing else
        // uses memory above `__heap_base`.
        talc.source.end = match old_end {
            Some(old_end) => Some(unsafe { talc.extend(old_end, end as *mut u8) }),
            None => unsafe { talc.claim(base as *mut u8, end.saturating_sub(base)) },
        };
        talc.source.end.map(|_| ()).ok_or(())
    }
}

/// The heap grows by at least this many bytes at a time, and ends at a multiple of them. Linear memory beyond its end
/// is not written to, and takes no memory of the host.
const STEP: usize = 4 * 1024;

/// Makes linear memory reach at least up to this address. Returns the end of the memory that the heap may use. Fails
/// beyond [`MAX_PAGES`].
fn reach(address: usize) -> Result<usize, ()> {
    let have = memory_size::<0>() * PAGE;
    let end = address.checked_next_multiple_of(STEP).ok_or(())?;
    if end > have {
        grow((end - have).div_ceil(PAGE))?;
    }
    Ok(end)
}

/// Grows linear memory by this many pages. Fails beyond [`MAX_PAGES`].
fn grow(pages: usize) -> Result<(), ()> {
    if memory_size::<0>().saturating_add(pages) > MAX_PAGES || memory_grow::<0>(pages) == usize::MAX {
        return Err(());
    }
    Ok(())
}

const fn fresh() -> Heap {
    Heap { talc: TalcCell::new(LinearMemory { end: None }), free: [ptr::null_mut(); CLASSES] }
}

/// The number of block sizes that are kept for reuse: 16, 24, 32, 48, 64, 96, … 2048 bytes.
const CLASSES: usize = 15;
const SMALLEST: usize = 16;
const LARGEST: usize = 2048;
/// Alignment of blocks in lists.
const ALIGN: usize = 8;

/// The heap. Talc allocates every block; freed blocks of a few sizes go into lists, from which they are reused.
///
/// Each request allocates and frees the same dozen small blocks, which takes a few instructions with a list. A list
/// never gives its blocks back to talc, so the heap has as many blocks of each of these sizes as were ever in use at
/// once.
struct Heap {
    talc: TalcCell<LinearMemory, WasmBinning>,
    /// The first free block of each size. A free block begins with the address of the next.
    free: [*mut u8; CLASSES],
}

/// The list for blocks of this layout, and the size of the list's blocks: a power of two, or one and a half times a
/// power of two. `None` for blocks that no list keeps.
const fn class(layout: Layout) -> Option<(usize, usize)> {
    let size = layout.size();
    if size > LARGEST || layout.align() > ALIGN {
        return None;
    }
    if size <= SMALLEST {
        return Some((0, SMALLEST));
    }
    let power = (size - 1).ilog2();
    let (half, list) = (1 << power, 2 * (power - SMALLEST.ilog2()) as usize);
    if size <= half + half / 2 { Some((list + 1, half + half / 2)) } else { Some((list + 2, 2 * half)) }
}

impl Heap {
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        let Some((class, size)) = class(layout) else {
            // SAFETY: the caller keeps the promises of `GlobalAlloc`.
            return unsafe { self.talc.alloc(layout) };
        };
        let Some(first) = self.free.get_mut(class) else { return ptr::null_mut() };
        let block = *first;
        if !block.is_null() {
            // SAFETY: it is a free block of at least 16 bytes, aligned to 8, that holds the address of the next.
            *first = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        // SAFETY: the size is not 0, and the alignment a power of two.
        unsafe { self.talc.alloc(Layout::from_size_align_unchecked(size, ALIGN)) }
    }

    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        match class(layout) {
            // SAFETY: the block is no longer in use.
            Some((class, _)) => {
                if let Some(first) = self.free.get_mut(class) {
                    unsafe { block.cast::<*mut u8>().write(*first) };
                    *first = block;
                }
            }
            // SAFETY: it came from talc with this layout.
            None => unsafe { self.talc.dealloc(block, layout) },
        }
    }
}

struct Global(UnsafeCell<Heap>);

// SAFETY: a guest has one thread and is never entered twice at once.
unsafe impl Sync for Global {}

#[global_allocator]
static HEAP: Global = Global(UnsafeCell::new(fresh()));

// SAFETY: blocks come from talc, and each is in use once at a time.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, no re-entry, and the caller keeps the promises of `GlobalAlloc`.
        unsafe { (*self.0.get()).alloc(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { (*self.0.get()).dealloc(ptr, layout) }
    }
}

/// Starts with an empty heap, without reading the old one.
///
/// # Safety
/// Nothing that was allocated before may be used, or dropped, ever again.
pub(super) unsafe fn reset() {
    // SAFETY: one thread; `write` neither reads nor drops what was there.
    unsafe { HEAP.0.get().write(fresh()) };
}
