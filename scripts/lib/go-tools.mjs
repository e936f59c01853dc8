// Owns the versions of tools that are Go programs. `go run` builds each once, checks it against Go's own sums, and keeps
// it in the user's cache.
export const goTools = {
  gofumpt: 'mvdan.cc/gofumpt@v0.12.0',
  staticcheck: 'honnef.co/go/tools/cmd/staticcheck@v0.8.2',
  /** For the workflows in .github. */
  actionlint: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
};
