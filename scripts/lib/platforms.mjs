// Owns the list of platforms of a release, the npm packages that carry the native artefact of each, how the SDK refers
// to them when it is published, and the tags of their Python wheels. Data in, data out.

/** Every platform that a release is built for, as `platformName()` calls them. */
export const platforms = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
];

/** The oldest system that a platform's wheel promises to work on: what pip chooses wheels by. */
export const wheelTags = {
  'linux-x64-gnu': 'manylinux_2_28_x86_64',
  'linux-arm64-gnu': 'manylinux_2_28_aarch64',
  'linux-x64-musl': 'musllinux_1_2_x86_64',
  'linux-arm64-musl': 'musllinux_1_2_aarch64',
  'darwin-x64': 'macosx_10_15_x86_64',
  'darwin-arm64': 'macosx_11_0_arm64',
  'win32-x64': 'win_amd64',
};

/** What maturin is asked to keep to: it knows Linux's tags without the machine, and elsewhere what can be uploaded. */
export const compatibility = (platform) =>
  /^(many|musl)linux_\d+_\d+/.exec(wheelTags[platform])?.[0] ?? 'pypi';

/** The tag of a wheel that promises nothing about Linux's C library: for the machine that it was built on. */
export const plainTag = (platform) =>
  wheelTags[platform].replace(/^(many|musl)linux_\d+_\d+/, 'linux');

export const nativePackage = (platform) => `@wasm-sandbox/native-${platform}`;

/** The manifest of one platform's package; `sdk` is the manifest of the SDK. */
export function platformManifest(platform, sdk) {
  const [os, cpu, libc] = platform.split('-');
  return {
    name: nativePackage(platform),
    version: sdk.version,
    description: `Native part of wasm-sandbox for ${platform}`,
    license: sdk.license,
    repository: sdk.repository,
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc === 'gnu' ? 'glibc' : libc] } : {}),
    engines: sdk.engines,
    main: `wasm-sandbox.${platform}.node`,
    files: ['*.node', 'packs'],
  };
}

/** The SDK's manifest as it is published: npm then installs the one package that fits. */
export function withPlatforms(sdk, names = platforms) {
  const wanted = names.map((platform) => [nativePackage(platform), sdk.version]);
  return {
    ...sdk,
    optionalDependencies: { ...sdk.optionalDependencies, ...Object.fromEntries(wanted) },
  };
}
