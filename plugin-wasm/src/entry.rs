//! The functions that Traefik calls, and how an instance recovers from a trap.
//!
//! After a trap the host resets nothing: the stack pointer, the heap and every static are as the call left them, and
//! the instance serves the next request. So each export first sets the stack pointer to the top (in assembly, because
//! compiled code uses the stack before its first line), and a flag tells whether the previous call returned. If it did
//! not, heap and state are replaced, and the old ones are neither read nor dropped.
//!
//! A panic is a trap and nothing else: the standard library is built so that it neither formats nor prints panics.
#![expect(unsafe_code, reason = "exports, assembly, and state that outlives a call")]

mod alloc;

use core::arch::global_asm;
use core::cell::UnsafeCell;

use crate::handler::{Next, Plugin};
use crate::host::sized::Scratch;
use crate::host::traefik::Traefik;

global_asm!(
    ".globaltype __stack_pointer, i32",
    ".functype __wasm_call_ctors () -> ()",
    ".functype {request} () -> (i64)",
    ".functype {response} (i32, i32) -> ()",
    // `_initialize` runs the constructors, of which there are none, and nothing else: a trap in it would stop the
    // host's whole runtime for this router.
    ".section .text._initialize,\"\",@",
    ".globl _initialize",
    ".export_name _initialize, _initialize",
    ".no_dead_strip _initialize",
    ".type _initialize,@function",
    "_initialize:",
    ".functype _initialize () -> ()",
    "call __wasm_call_ctors",
    "end_function",
    ".section .text.handle_request,\"\",@",
    ".globl handle_request",
    ".export_name handle_request, handle_request",
    ".no_dead_strip handle_request",
    ".type handle_request,@function",
    "handle_request:",
    ".functype handle_request () -> (i64)",
    "i32.const __stack_high",
    "global.set __stack_pointer",
    "call {request}",
    "end_function",
    ".section .text.handle_response,\"\",@",
    ".globl handle_response",
    ".export_name handle_response, handle_response",
    ".no_dead_strip handle_response",
    ".type handle_response,@function",
    "handle_response:",
    ".functype handle_response (i32, i32) -> ()",
    "i32.const __stack_high",
    "global.set __stack_pointer",
    "local.get 0",
    "local.get 1",
    "call {response}",
    "end_function",
    request = sym request,
    response = sym response,
);

/// A static of a program with one thread.
struct Single<T>(UnsafeCell<T>);

// SAFETY: a guest has one thread and is never entered twice at once.
unsafe impl<T> Sync for Single<T> {}

/// Set while a call runs. If it is set on entry, the previous call trapped.
static BUSY: Single<bool> = Single(UnsafeCell::new(false));
/// Everything that this instance remembers from one request to the next.
static PLUGIN: Single<Option<Plugin>> = Single(UnsafeCell::new(None));

/// The buffers to which the host writes.
static SCRATCH: Single<Scratch> = Single(UnsafeCell::new(Scratch::new()));

/// Runs one call, with a new state if the previous one trapped.
fn call<T>(run: impl FnOnce(&mut Plugin, &mut Traefik<'_>) -> T) -> T {
    // SAFETY: there is one thread, which is not entered again. The flag is volatile, because it is read by the next
    // call if this one traps. `write` neither reads nor drops what the trap left, and nothing from before the reset is
    // used after it.
    let (plugin, scratch) = unsafe {
        if BUSY.0.get().read_volatile() {
            alloc::reset();
            PLUGIN.0.get().write(None);
            SCRATCH.0.get().write(Scratch::new());
        }
        BUSY.0.get().write_volatile(true);
        (&mut *PLUGIN.0.get(), &mut *SCRATCH.0.get())
    };
    let result = run(plugin.get_or_insert_with(Plugin::new), &mut Traefik(scratch));
    // SAFETY: as above.
    unsafe { BUSY.0.get().write_volatile(false) };
    result
}

/// Handles a request. The lower half of the result is 1 to call the next handler, and 0 if the plugin has responded.
/// The host passes the upper half to `response`.
extern "C" fn request() -> i64 {
    match call(|plugin, host| plugin.handle_request(host)) {
        Next::Stop => 0,
        Next::Forward(context) => (i64::from(context) << 32) | 1,
    }
}

extern "C" fn response(context: i32, is_error: i32) {
    call(|plugin, host| plugin.handle_response(host, context, is_error != 0));
}
