package words

// Elsewhere are the messages that libraries of the program make, and those of the
// help's template: the catalogue has them too.
var Elsewhere = []string{
	"%s (%s)",
	"tongbu: %s",
	"Usage:", "Aliases:", "Examples:", "Available Commands:", "Additional Commands:", "Flags:", "Global Flags:", "Additional help topics:",
	`Use "{{.CommandPath}} [command] --help" for more information about a command.`,
	"help for %s",
	"Help about any command",
	"unknown command %q for %q",
	"unknown flag: %s",
	"unknown shorthand flag: %q in %s",
	"flag needs an argument: %s",
	"required flag(s) %s not set",
	"accepts %d arg(s), received %d",
	"accepts at most %d arg(s), received %d",
	"requires at least %d arg(s), only received %d",
	"accepts between %d and %d arg(s), received %d",
	"invalid argument %q for %q flag: %s",
	"no such file or directory",
	"permission denied",
	"file exists",
	"is a directory",
	"not a directory",
	"no space left on device",
	"address already in use",
	"connection refused",
	"i/o timeout",
	"context deadline exceeded",
	"context canceled",
}
