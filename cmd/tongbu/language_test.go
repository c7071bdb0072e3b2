package main

import (
	"context"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// TestHelpIsChinese: every command and every flag says in Chinese what it is.
func TestHelpIsChinese(t *testing.T) {
	a := &app{lang: words.Chinese}
	root := a.command()
	a.translate(root)
	var look func(*cobra.Command)
	look = func(c *cobra.Command) {
		texts := map[string]string{"short": c.Short, "long": c.Long}
		c.Flags().VisitAll(func(f *pflag.Flag) { texts["--"+f.Name] = f.Usage })
		for name, text := range texts {
			for _, part := range strings.Split(text, "\n\n") {
				if part != "" && strings.IndexFunc(part, isHan) < 0 && strings.IndexFunc(part, unicode.IsLower) >= 0 {
					t.Errorf("%s %s: no Chinese for %q", c.CommandPath(), name, part)
				}
			}
		}
		for _, below := range c.Commands() {
			look(below)
		}
	}
	look(root)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// TestRefusalsInChinese: what no tier takes is said in the language of the clerk,
// with the sentence of the list of rules.
func TestRefusalsInChinese(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	var problems []schema.Problem
	for _, k := range s.Kinds() {
		for _, c := range k.Checks {
			if c.Strength == schema.Hard || c.Strength == schema.Entry {
				problems = append(problems, schema.Problem{Field: c.Field, Rule: c.Rule, Hard: true, Message: c.Message.En, Zh: c.Message.Zh})
			}
		}
	}
	person, _ := s.Kind("person")
	for _, value := range []string{"420202197001010011", "420202197001010000", "4202021970", "420202193201320019", "1.2E+17"} {
		problems = append(problems, person.CheckHard(change.FieldsOf(map[string]change.Value{"id_number": change.Text(value)}))...)
	}
	for _, name := range []string{strings.Repeat("长", 60), "a\u0007"} {
		problems = append(problems, person.CheckHard(change.FieldsOf(map[string]change.Value{"name": change.Text(name)}))...)
	}
	if len(problems) < 10 {
		t.Fatalf("got %d problems only", len(problems))
	}
	for _, p := range problems {
		line := words.Chinese.Line("line 3: " + schema.Refusal([]schema.Problem{p, p}).Error())
		one := p.Field + "：" + p.Zh + "（" + p.Rule + "）"
		if want := "第 3 行：" + one + "；" + one; line != want {
			t.Errorf("got %s, want %s", line, want)
		}
	}
}

// TestLanguages: the flag, the variable and the locale choose the language of
// failures, and what is wrong with the command line is said in it too.
func TestLanguages(t *testing.T) {
	tests := map[string]struct {
		args []string
		vars []string
		want string
	}{
		"English":                {[]string{"nosuch"}, nil, "tongbu: unknown command"},
		"the flag":               {[]string{"--lang", "zh", "nosuch"}, nil, "tongbu：没有命令"},
		"the flag with =":        {[]string{"nosuch", "--lang=zh"}, nil, "tongbu：没有命令"},
		"the variable":           {[]string{"put", "--foo"}, []string{"TONGBU_LANG=zh", "LANG=C"}, "tongbu：没有这个选项"},
		"the locale":             {[]string{"put", "--foo"}, []string{"LANG=zh_CN.UTF-8"}, "tongbu：没有这个选项"},
		"after -- is no flag":    {[]string{"nosuch", "--", "--lang", "zh"}, nil, "tongbu: unknown command"},
		"a language of nobody's": {[]string{"--lang", "xx", "status"}, []string{"LANG=zh_CN.UTF-8"}, "tongbu: --lang: no language"},
	}
	for name, test := range tests {
		var out, err strings.Builder
		code := run(context.Background(), func() {}, test.args, environment{in: strings.NewReader(""), out: &out, err: &err, vars: test.vars})
		if code != 2 || !strings.HasPrefix(err.String(), test.want) {
			t.Errorf("%s: got %d, %q, want %q", name, code, err.String(), test.want)
		}
	}
}

// TestUnknownBelow: a group of commands refuses a word that is none of them, instead of
// printing its help as if all were well.
func TestUnknownBelow(t *testing.T) {
	for _, group := range []string{"layoff", "correct", "duplicates", "report", "program", "account", "service"} {
		var out, err strings.Builder
		code := run(context.Background(), func() {}, []string{group, "nosuch"}, environment{in: strings.NewReader(""), out: &out, err: &err})
		if code != 2 || !strings.Contains(err.String(), "unknown command") || !strings.Contains(err.String(), "help "+group) {
			t.Errorf("%s: got %d, %q", group, code, err.String())
		}
	}
}
