//! The three presets: what a policy says where its document says nothing.

use crate::{AuditLevel, Clock, NetworkRule, Policy, Preset};

impl Policy {
    /// 64 MiB, 30 s, 10 s of CPU; a coarse clock; private files; nothing else. The default.
    pub fn strict() -> Policy {
        Policy::default()
    }

    /// Twice the memory and time, a real clock, larger files; https to the domains that rules name.
    pub fn moderate() -> Policy {
        let mut policy = Policy { preset: Preset::Moderate, ..Policy::default() };
        let limits = &mut policy.limits;
        limits.memory_bytes = 128 << 20;
        (limits.wall_time_ms, limits.cpu_time_ms) = (Some(60_000), Some(30_000));
        limits.file_bytes = 64 << 20;
        policy.capabilities.clock = Clock::Real;
        policy.audit.level = AuditLevel::Decisions;
        policy
    }

    /// For code that is trusted but may have faults: much memory and time, public network addresses.
    pub fn permissive() -> Policy {
        let mut policy = Policy { preset: Preset::Permissive, ..Policy::default() };
        let limits = &mut policy.limits;
        limits.memory_bytes = 512 << 20;
        (limits.wall_time_ms, limits.cpu_time_ms) = (Some(300_000), Some(300_000));
        limits.file_bytes = 64 << 20;
        policy.capabilities.clock = Clock::Real;
        policy.capabilities.network = vec![NetworkRule {
            domains: vec!["*".to_owned()],
            ports: None,
            require_https: false,
            methods: None,
            max_request_size: None,
            max_response_size: None,
            allow_private: false,
        }];
        policy
    }

    /// The policy that a preset stands for.
    pub fn of(preset: Preset) -> Policy {
        match preset {
            Preset::Strict => Policy::strict(),
            Preset::Moderate => Policy::moderate(),
            Preset::Permissive => Policy::permissive(),
        }
    }
}
