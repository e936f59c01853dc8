//! The wasmtime settings that the sandbox depends on, each with its reason where it is not plain.

use super::{EngineKey, EngineKind, Interrupt};
use wasm_sandbox_policy::StackClass;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

/// Address space of one linear memory: with guards behind it, no bounds checks are needed.
const RESERVATION: u64 = 4 << 30;
const GUARD: u64 = 32 << 20;
/// Instances that one engine's pool holds. A slot is address space only: 4 GiB each, so 4,096 take 16 TiB of 128.
const SLOTS: u32 = 4_096;
/// Slots of the engine variants that few use.
const FEW_SLOTS: u32 = 1_024;

/// The settings of one engine variant, with or without the pooling allocator.
pub(super) fn config(key: EngineKey, pooling: bool) -> Config {
    let mut c = Config::new();
    c.strategy(Strategy::Cranelift).cranelift_opt_level(OptLevel::Speed).parallel_compilation(true);
    c.memory_reservation(RESERVATION).memory_guard_size(GUARD).guard_before_linear_memory(true);
    c.memory_may_move(false)
        .signals_based_traps(true)
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(256 << 20);
    // A file-backed image is mapped as it is; a memfd copy would cost 11 ms a load for a large pack.
    c.force_memory_init_memfd(false);
    let polls = key.interrupt == Interrupt::Polls;
    // Looks are atomic loads, which the compiler leaves where they are.
    c.epoch_interruption(!polls).wasm_threads(polls).consume_fuel(key.metered());
    // The engine refuses an async stack that is not larger than the wasm stack.
    c.max_wasm_stack(key.stack.bytes()).async_stack_size(key.stack.bytes() + (1 << 20));
    c.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));
    c.concurrency_support(false).macos_use_mach_ports(false).shared_memory(false);
    c.wasm_component_model(true);
    c.wasm_gc(true).wasm_function_references(true).wasm_exceptions(true).wasm_tail_call(true);
    c.wasm_multi_memory(true).wasm_memory64(true).wasm_extended_const(true).wasm_relaxed_simd(true);
    if key.kind == EngineKind::Deterministic {
        c.cranelift_nan_canonicalization(true).relaxed_simd_deterministic(true);
    }
    #[cfg(target_os = "linux")]
    if key.own_memories() {
        c.with_host_memory(std::sync::Arc::new(crate::state::Memories));
    }
    if pooling {
        c.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(key)));
    }
    c
}

fn pool(key: EngineKey) -> PoolingAllocationConfig {
    let common = key.kind == EngineKind::Standard && key.stack != StackClass::Small;
    let slots = if common { SLOTS } else { FEW_SLOTS };
    // With polls an instance has a second memory.
    let memories = if key.interrupt == Interrupt::Polls { 2 * slots } else { slots };
    let mut p = PoolingAllocationConfig::new();
    p.total_core_instances(slots).total_memories(memories).total_tables(slots).total_component_instances(slots);
    p.total_stacks(64).total_gc_heaps(64);
    p.max_memories_per_module(100).max_tables_per_module(100);
    p.max_memory_size(RESERVATION as usize).table_elements(100_000).max_core_instance_size(2 << 20);
    // Keeping pages resident between instances was measured to be slower than giving them back.
    p.linear_memory_keep_resident(0).table_keep_resident(0).decommit_batch_size(1);
    p.pagemap_scan(Enabled::No).max_unused_warm_slots(64);
    p
}

/// The wasm features that `config` turns on, for validation before compiling.
pub(crate) fn features() -> wasmparser::WasmFeatures {
    use wasmparser::WasmFeatures as F;
    let mut features = F::default() | F::GC | F::FUNCTION_REFERENCES | F::EXCEPTIONS | F::TAIL_CALL | F::MULTI_MEMORY;
    features |= F::EXTENDED_CONST | F::RELAXED_SIMD | F::MEMORY64;
    features.remove(F::THREADS | F::SHARED_EVERYTHING_THREADS | F::LEGACY_EXCEPTIONS | F::STACK_SWITCHING);
    features
}

/// This platform's name; naming it keeps the compiler from using what only this machine's processor has.
pub(super) const TRIPLE: &str = env!("SANDBOX_TARGET");
