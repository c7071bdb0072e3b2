package arch_test

import "slices"

// A pattern is a folder of the module, or a folder and all below it when it
// ends with "/...".

// direction says which packages of the module a package may import.
type direction struct {
	pkg     string
	imports []string
}

// Groups of folders that are imported together.
var (
	words   = []string{"internal/change", "internal/fault"}
	steps   = []string{"internal/failpoint"} // not for pure packages
	records = []string{"internal/merge", "internal/schema", "internal/system", "internal/tree"}
	stores  = []string{"internal/journal", "internal/identity/...", "internal/records", "internal/members", "internal/audit"}
	keys    = []string{"internal/durable", "internal/vault"}
	tiers   = []string{"internal/config", "node/socket", "internal/facts", "internal/filter", "node/desk", "node/replica", "internal/durable", "internal/backup"}
	all     = []string{"internal/...", "syncer/...", "node/...", "hub/..."}
)

// directions is read from the top and the first row that fits counts. A
// package without a row is an error: decide what it may import.
var directions = []direction{
	{"internal/fault", nil},
	{"internal/failpoint", []string{"internal/fault"}},
	{"internal/durable", join(steps, []string{"internal/fault"})},
	{"internal/backup", join(words, []string{"internal/durable"})},
	{"internal/change", []string{"internal/fault"}},
	{"internal/merge", words},
	{"internal/system", join(words, []string{"internal/merge"})},
	{"internal/tree", words},
	{"internal/schema", words},
	{"internal/filter", join(words, []string{"internal/schema"})},
	{"internal/facts", join(words, records)},
	{"internal/sample", join(words, records)},
	{"internal/vault", []string{"internal/durable", "internal/fault"}},
	{"internal/config", join(words, steps)},
	{"node/socket", join(words, []string{"internal/schema", "internal/tree"})},
	{"internal/journal", join(words, steps)},
	{"internal/identity/...", join(words, steps, []string{"internal/durable", "internal/tree", "internal/identity/..."})},
	{"internal/records", join(words, steps, records, []string{"internal/journal"})},
	{"internal/audit", join(words, []string{"internal/journal"})},
	{"internal/members", join(words, steps, records, []string{"internal/journal", "internal/identity", "internal/records"})},
	// What node and hub have in common stands above replication.
	{"node/desk", join(words, steps, records, stores, []string{"syncer/..."})},
	{"node/replica", join(words, steps, records, stores, keys, tiers, []string{"syncer/..."})},
	{"internal/arch", nil},
	{"internal/test/planted", nil},
	{"internal/test/sim/...", all},
	{"internal/test/kit/...", all},

	{"proto/...", nil},
	{"syncer", join(words, []string{"internal/tree"})},
	{"syncer/wire", join(words, []string{"syncer", "proto/..."})},
	{"syncer/...", join(words, steps, []string{
		"internal/tree", "internal/journal", "internal/identity/...", "syncer/...", "proto/...",
	})},

	{"node/...", join(words, steps, records, stores, tiers, []string{"syncer/...", "node/..."})},

	{"hub/relay", join(words, steps, []string{
		"internal/tree", "internal/journal", "internal/identity/...", "syncer/...",
	})},
	{"hub/view/viewtest", join(words, records, []string{"internal/filter", "internal/sample", "hub/view/...", "hub/query"})},
	{"hub/view/...", join(words, steps, records, []string{
		"internal/facts", "internal/filter", "hub/view/...", "hub/query",
	})},
	{"hub/query", join(words, records, []string{"internal/filter", "hub/view"})},
	{"hub/...", join(words, steps, records, stores, keys, tiers, []string{"syncer/...", "hub/..."})},

	{"cmd/...", join(all, []string{"cmd/..."})},
}

// separate lists what must not be reached even through other packages.
var separate = []struct{ from, to, why string }{
	{"node/...", "hub/...", "node and hub never import each other"},
	{"hub/...", "node/...", "node and hub never import each other"},
	{"hub/relay", "internal/merge", "a relay passes batches on and never looks into them"},
}

// home is where a library may be imported, in tests too. A library for tests
// may be imported by every test and by the packages that help tests.
type home struct {
	lib       string
	dirs      []string
	testsOnly bool
}

var homes = []home{
	{lib: "github.com/fxamacker/cbor", dirs: []string{"internal/change", "internal/merge", "internal/identity/..."}},
	{lib: "github.com/goccy/go-yaml", dirs: []string{"internal/schema", "internal/config"}},
	{lib: "go.einride.tech/aip", dirs: []string{"internal/filter"}},
	{lib: "google.golang.org/genproto/googleapis/api", dirs: []string{"internal/filter"}}, // the syntax tree of aip
	{lib: "github.com/klauspost/compress", dirs: []string{"internal/change", "internal/backup", "syncer/..."}},
	{lib: "modernc.org/sqlite", dirs: []string{"hub/view/sqlite/..."}},
	{lib: "modernc.org/libc", dirs: []string{"hub/view/sqlite/..."}}, // the memory SQLite works in
	{lib: "github.com/spiffe/go-spiffe", dirs: []string{"internal/identity/..."}},
	{lib: "github.com/hashicorp/go-retryablehttp", dirs: []string{"internal/identity/remote"}},
	{lib: "go.etcd.io/bbolt", dirs: []string{"internal/journal"}},
	{lib: "google.golang.org/grpc", dirs: wireHome},
	{lib: "google.golang.org/protobuf", dirs: wireHome},
	{lib: "google.golang.org/genproto/googleapis/rpc", dirs: wireHome}, // what a call that is to wait is told
	{lib: "github.com/spf13/cobra", dirs: []string{"cmd/..."}},
	{lib: "golang.org/x/crypto", dirs: []string{"internal/vault"}},
	{lib: "golang.org/x/sys", dirs: []string{"internal/vault", "internal/test/line"}}, // Windows keeps the key; packets of emulated lines
	{lib: "golang.org/x/term", dirs: []string{"cmd/tongbu/internal/tier"}},
	{lib: "github.com/google/uuid", dirs: []string{"node/replica"}},
	{lib: "github.com/hanwen/go-fuse", dirs: []string{"internal/test/disk"}},

	{lib: "github.com/google/go-cmp", testsOnly: true},
	{lib: "github.com/rogpeppe/go-internal", testsOnly: true},
	{lib: "go.uber.org/goleak", testsOnly: true},
	{lib: "pgregory.net/rapid", testsOnly: true},
	{lib: "golang.org/x/net", testsOnly: true}, // frames by hand
}

var wireHome = []string{"proto/...", "syncer/wire/...", "syncer/remote/...", "syncer/serve/...", "cmd/tongbu/internal/attack"}

// pure packages give the same answer for the same arguments, always.
var pure = []string{
	"internal/change", "internal/merge", "internal/schema", "internal/system",
	"internal/facts", "internal/filter", "internal/tree", "syncer",
}

// impure is what a pure package does not import, with all below it.
var impure = []string{"net", "os", "syscall", "crypto/rand"}

// clock is what a pure package does not use of package time.
var clock = []string{
	"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker",
}

// maxLines is where a hand-written file must be split by what it is about.
const maxLines = 600

func join(groups ...[]string) []string { return slices.Concat(groups...) }
