package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tongbu/internal/words"
)

// chooseLanguage is made before the command line is read, since what is wrong
// with it is said in the language too.
func (a *app) chooseLanguage(args []string) error {
	var err error
	a.lang, err = words.Choose(langFlag(args), a.lookup)
	return err
}

// langFlag is the value of --lang as cobra will find it.
func langFlag(args []string) string {
	value := ""
	for i, arg := range args {
		switch after, found := strings.CutPrefix(arg, "--lang="); {
		case arg == "--":
			return value
		case found:
			value = after
		case arg == "--lang" && i+1 < len(args):
			value = args[i+1]
		}
	}
	return value
}

// lookup is a variable of the environment; of two with one name the last counts.
func (a *app) lookup(name string) string {
	value := ""
	for _, v := range a.vars {
		if after, found := strings.CutPrefix(v, name+"="); found {
			value = after
		}
	}
	return value
}

// helpWords are what cobra's own template of the help says.
var helpWords = []string{
	"Usage:", "Aliases:", "Examples:", "Available Commands:", "Additional Commands:", "Global Flags:", "Flags:",
	"Additional help topics:", `Use "{{.CommandPath}} [command] --help" for more information about a command.`,
}

// translate says the help of a command and of those below it in the language.
func (a *app) translate(cmd *cobra.Command) {
	if a.lang == words.English {
		return
	}
	cmd.InitDefaultHelpFlag()
	cmd.Short, cmd.Long, cmd.Example = a.paragraphs(cmd.Short), a.paragraphs(cmd.Long), a.paragraphs(cmd.Example)
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = a.paragraphs(f.Usage) })
	}
	for _, c := range cmd.Commands() {
		a.translate(c)
	}
}

// helpTemplate is cobra's with the words of the language.
func (a *app) helpTemplate(template string) string {
	var pairs []string
	for _, text := range helpWords {
		pairs = append(pairs, text, a.lang.Say(text))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// paragraphs turns a text of the help, which is whole paragraphs that the
// catalogue has.
func (a *app) paragraphs(text string) string {
	parts := strings.Split(text, "\n\n")
	for i := range parts {
		parts[i] = a.lang.Line(parts[i])
	}
	return strings.Join(parts, "\n\n")
}
