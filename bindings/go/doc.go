// Package wasmsandbox runs untrusted Python, JavaScript, TypeScript and WebAssembly under a policy. What there is to use
// is in its packages: pkg/sandbox, pkg/security and pkg/cache.
package wasmsandbox

// With this import `go get` of the module finds all that the packages need.
import _ "github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
