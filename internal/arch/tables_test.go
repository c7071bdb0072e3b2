package arch_test

import "slices"

// A pattern is a folder of the module, or a folder and all below it when it
// ends with "/...".

// floors are the five floors of the house, from the ground up, each named by
// the folders on it. A package imports its own floor and those below it, and
// knows nothing of the floors above. Test support stands outside the house.
var floors = []struct {
	name string
	dirs []string
}{
	{"ground", []string{"internal/...", "proto/..."}},
	{"replication", []string{"syncer/..."}},
	{"directory", []string{"node/..."}},
	{"hub", []string{"hub/..."}},
	{"program", []string{"cmd/..."}},
}

// support is imported by tests only, and imports what it tests.
var support = []string{"internal/test/..."}

// seams are methods that only tests call: what they change, the program never does.
var seams = []string{"SetCost"} // of node/people: passwords that cost little to check

// direction narrows what a package may import of its own floor and of those
// below.
type direction struct {
	pkg     string
	imports []string
}

// Groups of folders that are imported together.
var (
	words   = []string{"internal/calendar", "internal/change", "internal/fault", "internal/plain"}
	steps   = []string{"internal/failpoint"} // not for pure packages
	records = []string{"internal/merge", "internal/names", "internal/schema", "internal/system", "internal/tree", "internal/access", "internal/question"}
	stores  = []string{"internal/journal", "internal/identity/...", "internal/custody", "internal/records", "internal/members", "internal/audit"}
	keys    = []string{"internal/durable", "internal/vault"}
	guards  = []string{"internal/limit", "internal/tally"} // what strangers may cost
	ground  = join(words, steps, records, stores, keys, guards, []string{"internal/config", "internal/division", "internal/facts", "internal/filter", "internal/flow", "internal/matching", "internal/backup", "internal/task", "internal/today"})
)

// directions is read from the top and the first row that fits counts. A
// package without a row is an error: decide what it may import.
var directions = []direction{
	{"internal/fault", nil},
	{"internal/plain", nil},
	{"internal/calendar", nil},
	{"internal/flow", []string{"internal/calendar"}},
	{"internal/failpoint", []string{"internal/fault"}},
	{"internal/task", []string{"internal/fault"}},
	{"internal/limit", []string{"internal/fault"}},
	{"internal/tally", nil},
	{"internal/durations", nil},
	{"internal/slack", nil},
	{"internal/logs", []string{"internal/fault"}},
	{"internal/words", []string{"internal/fault"}},
	{"internal/durable", join(steps, []string{"internal/fault"})},
	{"internal/backup", join(words, []string{"internal/durable"})},
	{"internal/backup/backuptest", []string{"internal/backup"}},
	{"internal/change", []string{"internal/change/columns", "internal/fault"}},
	{"internal/change/columns", nil},
	{"internal/merge", words},
	{"internal/tree", words},
	{"internal/division", join(words, []string{"internal/tree"})},
	{"internal/names", nil},
	{"internal/rulepack", []string{"internal/calendar"}},
	{"internal/schema", join(words, []string{"internal/names", "internal/rulepack"})},
	{"internal/question", words},
	{"internal/pages", []string{"internal/change", "internal/fault", "internal/plain", "internal/schema", "internal/words"}},
	{"internal/show", join(words, []string{"internal/question", "internal/words"})},
	{"internal/mapping", []string{"internal/fault", "internal/schema"}},
	{"internal/schema/manual", join(words, []string{"internal/schema"})},
	{"internal/duplicates", join(words, []string{"internal/names", "internal/schema"})},
	{"internal/facts", join(words, []string{"internal/flow", "internal/rulepack", "internal/schema"})},
	{"internal/matching", join(words, []string{"internal/facts", "internal/question", "internal/schema", "internal/tree"})},
	{"internal/ranking", []string{"internal/calendar", "internal/rulepack"}},
	{"internal/assess", []string{"internal/facts", "internal/rulepack"}},
	{"internal/targets", join(words, []string{"internal/facts", "internal/tree"})},
	{"internal/digest", join(words, []string{"internal/facts", "internal/merge", "internal/schema"})},
	{"internal/report", join(words, []string{"internal/facts", "internal/schema"})},
	{"internal/report/workbook", join(words, []string{"internal/facts", "internal/report", "internal/schema"})},
	{"internal/today", join(words, []string{"internal/schema"})},
	{"internal/filter", join(words, []string{"internal/schema", "internal/tree"})},
	{"internal/system", join(words, []string{"internal/division", "internal/merge", "internal/tree"})},
	{"internal/access", join(words, []string{"internal/schema", "internal/system", "internal/tree"})},
	{"internal/sample", join(words, records)},
	{"internal/vault", []string{"internal/durable", "internal/fault"}},
	{"internal/config", join(words, steps)},
	{"internal/journal", join(words, steps, []string{"internal/durations"})},
	{"internal/identity/...", join(words, steps, []string{"internal/access", "internal/durable", "internal/tree", "internal/identity/..."})},
	{"internal/index", join(words, []string{"internal/journal"})},
	{"internal/custody", join(words, []string{"internal/journal", "internal/merge", "internal/system"})},
	{"internal/records", join(words, steps, records, []string{"internal/custody", "internal/filter", "internal/index", "internal/journal"})},
	{"internal/audit", join(words, steps, []string{"internal/durable", "internal/durations", "internal/journal", "internal/schema"})},
	{"internal/members", join(words, steps, records, []string{"internal/division", "internal/journal", "internal/identity", "internal/records"})},
	{"internal/arch", nil},
	{"internal/test/...", []string{"internal/...", "syncer/...", "node/...", "hub/..."}},

	{"proto/...", nil},
	{"syncer", join(words, []string{"internal/access", "internal/tree"})},
	{"syncer/wire", join(words, []string{"internal/question", "syncer", "proto/..."})},
	{"syncer/serve", join(words, guards, []string{
		"internal/access", "internal/identity", "internal/question", "syncer", "syncer/link", "syncer/wire", "proto/...",
	})},
	{"syncer/uplink", join(words, []string{"internal/identity/...", "internal/question", "internal/tally", "syncer/..."})},
	{"syncer/...", join(words, steps, []string{
		"internal/access", "internal/tree", "internal/journal", "internal/identity/...", "internal/question", "syncer/...", "proto/...",
	})},

	{"node/replica", join(ground, []string{"syncer/..."})},
	{"node/desk", join(ground, []string{"syncer", "syncer/streams", "node/replica"})},
	{"node/answers", join(words, []string{"internal/journal", "internal/question", "internal/schema"})},
	{"node/account", join(ground, []string{"internal/digest", "syncer/streams", "node/replica"})},
	{"node/archive", join(words, []string{"internal/facts", "internal/schema", "node/desk"})},
	{"node/nightly", join(words, []string{"internal/durable"})},
	{"node/intake", join(words, []string{"internal/schema", "internal/words", "node/desk", "node/sheet"})},
	{"node/uploads", join(words, []string{"internal/journal", "internal/schema", "node/replica"})},
	{"node/drafts", join(words, []string{"internal/journal", "node/replica"})},
	{"node/reports", join(ground, []string{"internal/digest", "internal/report", "syncer/streams", "node/replica"})},
	{"node/people", join(words, guards, []string{"internal/audit", "internal/journal", "internal/schema", "internal/system", "node/replica"})},
	{"node/operate", join(ground, []string{"internal/digest", "syncer", "syncer/streams", "syncer/uplink", "syncer/carry", "node/account", "node/nightly", "node/replica"})},
	{"node/operate/service", []string{"internal/fault"}},
	{"node/web/...", join(ground, []string{"internal/pages", "internal/plain", "internal/show", "internal/words", "syncer/carry", "syncer/uplink", "node/..."})},
	{"node/sheet", join(words, []string{"internal/mapping", "internal/schema"})},
	{"node/socket", join(words, records, []string{"internal/matching", "internal/report", "node/desk", "node/operate", "node/people", "node/reports"})},
	{"node", join(ground, []string{"node/..."})},

	{"hub/relay", join(words, steps, []string{
		"internal/access", "internal/tally", "internal/tree", "internal/journal", "internal/identity/...", "syncer/...",
	})},
	{"hub/enroll", join(words, guards, []string{"internal/identity/..."})},
	{"hub/view/viewtest", join(words, records, []string{"internal/custody", "internal/division", "internal/filter", "internal/sample", "hub/view/...", "hub/query"})},
	{"hub/view/...", join(words, steps, records, []string{"internal/custody", "internal/digest", "internal/facts", "internal/filter", "internal/task", "hub/view/..."})},
	{"hub/api/rows", join(words, []string{"internal/question", "internal/schema", "proto/..."})},
	{"hub/api/client", join(words, []string{"internal/question", "hub/api/rows", "proto/..."})},
	{"hub/api", join(words, records, guards, []string{"internal/filter", "internal/matching", "internal/show", "internal/targets", "hub/api/rows", "hub/watch", "proto/..."})},
	{"hub/watch", join(words, records, []string{"internal/facts", "internal/filter", "internal/journal", "hub/follow", "hub/view"})},
	{"hub/query", join(words, records, []string{"internal/durations", "internal/facts", "internal/filter", "internal/matching", "internal/assess", "internal/ranking", "internal/rulepack", "internal/targets", "hub/view"})},
	{"hub/own", join(ground, []string{"syncer", "syncer/uplink", "node/desk", "node/operate", "node/replica", "hub/query", "hub/view"})},
	{"hub/coverage", join(words, records, []string{"internal/members", "syncer/...", "hub/query"})},
	{"hub/follow", join(words, steps, []string{"internal/durations", "internal/journal", "internal/schema", "internal/task", "internal/tree", "syncer/streams", "hub/view"})},
	{"hub/reconcile", join(words, steps, records, stores, []string{"internal/today", "syncer/streams", "hub/follow", "hub/view"})},
	{"hub/decide", join(words, steps, records, stores, []string{"internal/task", "syncer/streams", "hub/view"})},
	{"hub/received", join(words, records, []string{"internal/journal", "internal/ranking", "internal/records"})},
	{"hub/network", join(words, records, stores, []string{"internal/today", "syncer/streams"})},
	{"hub/pairs", join(words, records, []string{"internal/task", "internal/custody", "internal/duplicates", "internal/facts", "internal/filter", "internal/journal", "internal/members", "internal/records", "syncer/streams", "hub/view"})},
	{"hub/transfer", join(words, records, []string{"internal/task", "internal/custody", "internal/filter", "internal/journal", "internal/members", "internal/records", "syncer/streams", "hub/view"})},
	{"hub/publication", join(words, records, []string{"internal/journal", "internal/records", "syncer/streams", "node/operate", "node/replica"})},
	{"hub/root", join(ground, []string{"syncer", "syncer/streams", "node/account", "node/replica"})},
	{"hub/monitor", join(ground, []string{"internal/durations", "syncer", "syncer/link", "node/operate", "node/replica", "hub/coverage", "hub/follow", "hub/query", "hub/relay"})},
	{"hub", join(ground, []string{"internal/digest", "internal/report", "internal/targets", "syncer/...", "node/...", "hub/..."})},

	{"docs/examples/...", []string{"proto/..."}}, // as somebody else's program

	{"cmd/...", []string{"internal/...", "syncer/...", "node/...", "hub/...", "cmd/..."}},
}

// separate lists what must not be reached even through other packages.
var separate = []struct{ from, to, why string }{
	{"hub/relay", "internal/merge", "a relay passes batches on and never looks into them"},
	{"hub/query", "hub/view/sqlite", "questions know no engine"},
}

// bodies are the types that hold a directory together: others have them as a
// field with a name, and embed none of them.
var bodies = []struct{ dir, name string }{
	{"node/replica", "Replica"},
	{"node", "Node"},
	{"hub", "Hub"},
}

// maxMethods is how many exported methods one type may have.
const maxMethods = 40

// home is where a library may be imported, in tests too. A library for tests
// may be imported by every test and by the packages that help tests.
type home struct {
	lib       string
	dirs      []string
	testsOnly bool
}

var homes = []home{
	{lib: "github.com/fxamacker/cbor", dirs: []string{"internal/change", "internal/merge", "internal/identity/..."}},
	{lib: "github.com/goccy/go-yaml", dirs: []string{"internal/schema", "internal/config", "internal/facts", "internal/mapping", "internal/rulepack", "internal/words"}},
	{lib: "go.einride.tech/aip", dirs: []string{"internal/filter"}},
	{lib: "google.golang.org/genproto/googleapis/api", dirs: []string{"internal/filter", "proto/..."}}, // the syntax tree of aip, and the paths of the contract for programs
	{lib: "github.com/klauspost/compress", dirs: []string{"internal/change", "internal/backup/...", "internal/pages", "node/reports", "syncer/..."}},
	{lib: "modernc.org/sqlite", dirs: []string{"hub/view/sqlite/..."}},
	{lib: "modernc.org/libc", dirs: []string{"hub/view/sqlite/..."}}, // the memory SQLite works in
	{lib: "github.com/spiffe/go-spiffe", dirs: []string{"internal/identity/..."}},
	{lib: "github.com/hashicorp/go-retryablehttp", dirs: []string{"internal/identity/remote"}},
	{lib: "go.etcd.io/bbolt", dirs: []string{"internal/journal"}},
	{lib: "google.golang.org/grpc", dirs: wireHome},
	{lib: "google.golang.org/protobuf", dirs: wireHome},
	{lib: "google.golang.org/genproto/googleapis/rpc", dirs: wireHome}, // what a call that is to wait is told
	{lib: "github.com/grpc-ecosystem/grpc-gateway", dirs: []string{"hub/api/...", "proto/..."}},
	{lib: "github.com/prometheus", dirs: []string{"hub/monitor"}},
	{lib: "github.com/spf13/cobra", dirs: []string{"cmd/..."}},
	{lib: "github.com/spf13/pflag", dirs: []string{"cmd/..."}},
	{lib: "filippo.io/age", dirs: []string{"syncer/carry"}},
	{lib: "golang.org/x/crypto", dirs: []string{"internal/vault", "node/people", "syncer/carry"}},                            // passwords; the form in which age takes keys
	{lib: "golang.org/x/sys", dirs: []string{"internal/vault", "internal/test/line", "node/socket", "node/operate/service"}}, // Windows keeps the key, guards the pipe and runs services; packets of emulated lines
	{lib: "github.com/kardianos/service", dirs: []string{"node/operate/service"}},
	{lib: "github.com/Microsoft/go-winio", dirs: []string{"node/socket"}},
	{lib: "golang.org/x/time", dirs: []string{"internal/limit"}},
	{lib: "golang.org/x/net", dirs: []string{"internal/test/...", "cmd/tongbu/internal/attack"}}, // frames by hand, pages read as browsers read them
	{lib: "golang.org/x/term", dirs: []string{"cmd/tongbu/internal/tier"}},
	{lib: "github.com/google/uuid", dirs: []string{"node/desk"}},
	{lib: "github.com/mozillazg/go-pinyin", dirs: []string{"node/desk"}},
	{lib: "golang.org/x/text", dirs: []string{"internal/change", "internal/names", "node/people", "node/sheet", "cmd/tongbu/internal/tier"}},
	{lib: "github.com/xuri/excelize", dirs: []string{"internal/report/workbook", "node/sheet"}},
	{lib: "github.com/hanwen/go-fuse", dirs: []string{"internal/test/disk"}},
	{lib: "github.com/chromedp", dirs: []string{"internal/test/browser"}},

	{lib: "github.com/google/go-cmp", testsOnly: true},
	{lib: "github.com/rogpeppe/go-internal", testsOnly: true},
	{lib: "go.uber.org/goleak", testsOnly: true},
	{lib: "pgregory.net/rapid", testsOnly: true},
	{lib: "github.com/santhosh-tekuri/jsonschema", testsOnly: true}, // answers are as the description says
}

var wireHome = []string{"proto/...", "syncer/wire/...", "syncer/remote/...", "syncer/serve/...", "hub/api/...", "docs/examples/...", "cmd/tongbu/internal/attack"}

// pure packages give the same answer for the same arguments, always.
var pure = []string{
	"internal/calendar", "internal/change", "internal/change/columns", "internal/division", "internal/facts", "internal/flow", "internal/matching", "internal/merge", "internal/names", "internal/report", "internal/rulepack", "internal/schema", "internal/assess", "internal/ranking", "internal/targets",
	"internal/access", "internal/filter", "internal/question", "internal/system", "internal/tree", "syncer",
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
