package sandbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func createTestSandbox(t testing.TB, source string) sandbox.Sandbox {
	ctx := context.Background()

	sb, err := sandbox.NewBuilder().
		Source(source).
		SecurityPolicy(security.PermissivePolicy()).
		Build(ctx)

	require.NoError(t, err)
	t.Cleanup(func() { sb.Close() })

	return sb
}

func TestBasicFunctionExecution(t *testing.T) {
	sb := createTestSandbox(t, "./test-fixtures/calculator.wasm")
	ctx := context.Background()

	tests := []struct {
		name     string
		function string
		args     []interface{}
		expected interface{}
	}{
		{"addition", "add", []interface{}{5, 3}, 8},
		{"multiplication", "multiply", []interface{}{4, 7}, 28},
		{"subtraction", "subtract", []interface{}{10, 4}, 6},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result, err := sb.Call(ctx, tt.function, tt.args...)
			require.NoError(t, err)
			assert.Equal(t, tt.expected, result)
		})
	}
}

func TestMemoryLimitEnforcement(t *testing.T) {
	ctx := context.Background()

	sb, err := sandbox.NewBuilder().
		Source("./test-fixtures/memory-intensive.wasm").
		MemoryLimit(1024 * 1024).
		Build(ctx)
	require.NoError(t, err)
	defer sb.Close()

	_, err = sb.Call(ctx, "allocate_large_buffer")
	assert.Error(t, err)
	assert.Contains(t, err.Error(), "memory limit exceeded")
}

func TestCPUTimeoutEnforcement(t *testing.T) {
	ctx := context.Background()

	sb, err := sandbox.NewBuilder().
		Source("./test-fixtures/cpu-intensive.wasm").
		CPUTimeout(1 * time.Second).
		Build(ctx)
	require.NoError(t, err)
	defer sb.Close()

	_, err = sb.Call(ctx, "infinite_loop")
	assert.Error(t, err)
	assert.Contains(t, err.Error(), "timeout exceeded")
}

func TestSecurityPolicyEnforcement(t *testing.T) {
	ctx := context.Background()

	sb, err := sandbox.NewBuilder().
		Source("./test-fixtures/network-module.wasm").
		SecurityPolicy(security.StrictPolicy()).
		Build(ctx)
	require.NoError(t, err)
	defer sb.Close()

	_, err = sb.Call(ctx, "make_http_request", "https://example.com")
	assert.Error(t, err)

	var secErr *security.ViolationError
	assert.ErrorAs(t, err, &secErr)
	assert.Equal(t, "network_access", secErr.Type)
}

func TestBatchFunctionCalls(t *testing.T) {
	sb := createTestSandbox(t, "./test-fixtures/calculator.wasm")
	ctx := context.Background()

	calls := []sandbox.FunctionCall{
		{Function: "add", Args: []interface{}{1, 2}},
		{Function: "multiply", Args: []interface{}{3, 4}},
		{Function: "subtract", Args: []interface{}{10, 5}},
	}

	results, err := sb.CallBatch(ctx, calls)
	require.NoError(t, err)
	require.Len(t, results, 3)

	assert.Equal(t, 3, results[0])
	assert.Equal(t, 12, results[1])
	assert.Equal(t, 5, results[2])
}

func TestResourceMonitoring(t *testing.T) {
	sb := createTestSandbox(t, "./test-fixtures/calculator.wasm")
	ctx := context.Background()

	initialStats, err := sb.ResourceStats(ctx)
	require.NoError(t, err)
	assert.Equal(t, int64(0), initialStats.FunctionCalls)

	_, err = sb.Call(ctx, "add", 1, 2)
	require.NoError(t, err)

	_, err = sb.Call(ctx, "multiply", 3, 4)
	require.NoError(t, err)

	updatedStats, err := sb.ResourceStats(ctx)
	require.NoError(t, err)
	assert.Equal(t, int64(2), updatedStats.FunctionCalls)
	assert.Greater(t, updatedStats.CPUTimeMs, initialStats.CPUTimeMs)
}

func TestSandboxReset(t *testing.T) {
	sb := createTestSandbox(t, "./test-fixtures/stateful-module.wasm")
	ctx := context.Background()

	_, err := sb.Call(ctx, "set_state", 42)
	require.NoError(t, err)

	state, err := sb.Call(ctx, "get_state")
	require.NoError(t, err)
	assert.Equal(t, 42, state)

	err = sb.Reset(ctx)
	require.NoError(t, err)

	state, err = sb.Call(ctx, "get_state")
	require.NoError(t, err)
	assert.Equal(t, 0, state)
}

func BenchmarkSandboxCreation(b *testing.B) {
	ctx := context.Background()

	b.ResetTimer()

	for i := 0; i < b.N; i++ {
		sb, err := sandbox.FromFile(ctx, "./test-fixtures/calculator.wasm")
		if err != nil {
			b.Fatal(err)
		}
		sb.Close()
	}
}

func BenchmarkConcurrentExecution(b *testing.B) {
	sb := createTestSandbox(b, "./test-fixtures/calculator.wasm")
	ctx := context.Background()

	b.ResetTimer()

	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := sb.Call(ctx, "add", 5, 3)
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
