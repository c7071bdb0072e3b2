package fault

// Kind classifies a failure. The numbers cross the network and are exit
// codes of the command line: the list is append-only.
type Kind uint8

// The closed list of kinds.
const (
	OK          Kind = 0  // no failure
	Internal    Kind = 1  // a defect, or a failure nobody classified
	Invalid     Kind = 2  // the input is wrong; the same input fails again
	NotFound    Kind = 3  // no such record, device, file
	Denied      Kind = 4  // known, and not allowed
	Unavailable Kind = 5  // the line or the peer is away; try again later
	Busy        Kind = 6  // a port, file or directory is in use by another
	Full        Kind = 7  // no room on the disk; works again when there is some
	Damaged     Kind = 8  // stored or received bytes are not what was written
	Forked      Kind = 9  // two histories under one name: a clone or old copy
	Exhausted   Kind = 10 // a limit was reached; slow down
	Unsupported Kind = 11 // a version or kind this build does not know
	Canceled    Kind = 12 // stopped on request
)

type kindText struct{ name, hint string }

var kindTexts = [...]kindText{
	OK:          {"ok", ""},
	Internal:    {"internal", "this looks like a defect; please report it with the log"},
	Invalid:     {"invalid", "correct the input and try again"},
	NotFound:    {"not-found", "check the name"},
	Denied:      {"denied", "ask the city's administrator"},
	Unavailable: {"unavailable", "the line or the peer is away; try again later"},
	Busy:        {"busy", "another process uses it"},
	Full:        {"full", "free some space; nothing acknowledged is lost"},
	Damaged:     {"damaged", "run tongbu verify on the directory"},
	Forked:      {"forked", "the same directory may run twice; see tongbu status"},
	Exhausted:   {"exhausted", "wait a little, then try again"},
	Unsupported: {"unsupported", "upgrade tongbu here"},
	Canceled:    {"canceled", "it was stopped before its end; what was answered holds"},
}

// String returns the kind's stable name.
func (k Kind) String() string { return k.text().name }

// ExitCode is the process's exit code for the kind.
func (k Kind) ExitCode() int { return int(k) }

// Known reports whether this build knows the kind.
func (k Kind) Known() bool { return int(k) < len(kindTexts) }

// Parse returns the kind of a stable name, Internal when unknown.
func Parse(name string) Kind {
	for k, text := range kindTexts {
		if text.name == name {
			return Kind(k)
		}
	}
	return Internal
}

func (k Kind) hint() string { return k.text().hint }

func (k Kind) text() kindText {
	if !k.Known() {
		return kindTexts[Internal]
	}
	return kindTexts[k]
}
