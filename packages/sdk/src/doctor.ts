// Owns the report on what this machine gives the sandbox. The facts are the native part's.
import { later } from './operation.js';

/** One source language's interpreter. */
export interface PackStatus {
  language: string;
  available: boolean;
  digest: string | null;
  problem: string | null;
}

/** What this machine gives the sandbox, and what it lacks. */
export interface DoctorReport {
  version: string;
  platform: string;
  engine: string;
  /** `pooling`, or `on-demand` with the reason. */
  allocation: string;
  allocationReason: string | null;
  diskCache: boolean;
  diskCacheProblem: string | null;
  packs: PackStatus[];
  cores: number;
}

/** Looks at this machine. @throws UsageError `unsupported` where there is no native part. */
export async function doctor(): Promise<DoctorReport> {
  return later('doctor', {});
}
