package desk_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"tongbu/node/desk"
	"tongbu/node/replica"
)

// residentJournal is how much of the journal counts as memory of this process, in KiB.
func residentJournal(t *testing.T) (sum int) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("the system does not tell the memory of maps")
	}
	defer func() { _ = f.Close() }()
	within := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.Contains(strings.Fields(line)[0], "-") {
			within = strings.HasSuffix(line, "/"+replica.JournalFile)
		}
		var kib int
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil && within {
			sum += kib
		}
	}
	return sum
}

// TestImportLetsGo: what an import has read of the journal counts no longer as memory
// when a part of its rows is answered.
func TestImportLetsGo(t *testing.T) {
	d := newDesk(t)
	rows := make([]desk.Row, 1200)
	for i := range rows {
		rows[i] = row("person", fmt.Sprintf(`{"name":"王明","remark":"第%d"}`, i))
	}
	d.mustImport(rows...)
	size := int(d.at.Journal.Size() >> 10)
	if got := residentJournal(t); got > size/4 {
		t.Errorf("%d KiB of %d are in memory", got, size)
	}
}
