package sandbox_test

// The form of conformance cases: structs, so that encoding/json refuses what no runner knows, and the tagged notation
// of values. What a case is for is in fixtures/README.md.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strconv"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

type object = map[string]any

type conformanceCase struct {
	ID, Why     string
	Source      map[string]value
	Policy      object
	Host        map[string]hostCase
	Argv        []string
	Env, Config map[string]string
	Stdin       string
	Files       object
	Packages    []struct {
		Base64 []byte
		Name   string
		Files  map[string]string
	}
	Do     []*step
	Expect *expectation
}

type hostCase struct {
	Returns                     value
	Echoes, NeverReturns, Async bool
	Throws                      *sandbox.HostError
	SleepsMs                    milliseconds
}

type step struct {
	Call, Prepare, Snapshot, Restore, Fork, Use, Key, Function, Output string
	Run, Args, Inputs                                                  value
	Batch                                                              [][2]value
	Reset, Dispose, Exports, Audit, Verify, Stats, CollectGarbage      bool
	Changed                                                            int
	Policy                                                             object
	Packages                                                           *bool
	CancelAfterMs, TimeoutMs                                           milliseconds
	Expect                                                             *expectation
}

type expectation struct {
	Value, Stdout, Stderr, ExitCode, Truncated, Usage, Report value
	Files                                                     map[string][]byte
	Events                                                    []value
	Error                                                     *struct {
		Code    string
		Details value
	}
	WithinMs, AtLeastMs milliseconds
}

type milliseconds float64

func (ms milliseconds) span() time.Duration {
	return time.Duration(float64(ms) * float64(time.Millisecond))
}

// value is one out of its tagged form.
type value struct {
	given bool
	it    any
}

func (v *value) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var raw any
	err := decoder.Decode(&raw)
	v.given, v.it = true, untag(raw)
	return err
}

func (v value) list() []any { list, _ := v.it.([]any); return list }

// untag leaves numbers as they stand: they cross as what they are.
func untag(raw any) any {
	switch raw := raw.(type) {
	case []any:
		for i := range raw {
			raw[i] = untag(raw[i])
		}
	case object:
		for key, inner := range raw {
			text, _ := inner.(string)
			switch key {
			case "$int":
				whole, _ := new(big.Int).SetString(text, 10)
				return whole
			case "$float":
				float, _ := strconv.ParseFloat(text, 64)
				return float
			case "$bytes":
				return unpacked(text)
			case "$date":
				at, _ := time.Parse(time.RFC3339Nano, text)
				return at
			case "$map":
				pairs := sandbox.Pairs{}
				for _, pair := range untag(inner).([]any) {
					pairs = append(pairs, sandbox.Entry{Key: pair.([]any)[0], Value: pair.([]any)[1]})
				}
				return pairs
			}
			raw[key] = untag(inner)
		}
	}
	return raw
}

func unpacked(text string) []byte {
	content, _ := base64.StdEncoding.DecodeString(text)
	return content
}
