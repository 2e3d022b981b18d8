package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type ipFilterCommands struct {
	List   ipFilterList   `cmd:"" help:"List IP filters, and how many tokens use each."`
	Show   ipFilterShow   `cmd:"" help:"Show the rules of an IP filter, and which of them decide nothing."`
	Create ipFilterCreate `cmd:"" help:"Make an IP filter."`
	Edit   ipFilterEdit   `cmd:"" help:"Change an IP filter. The tokens that use it go by its new rules at once."`
	Delete ipFilterDelete `cmd:"" help:"Remove an IP filter that no token uses."`
	Test   ipFilterTest   `cmd:"" help:"Say whether an address would pass, and because of which line."`
}

// ipFilterJSON is an IP filter as JSON output has it.
type ipFilterJSON struct {
	GUID      console.GUID `json:"guid"`
	Name      string       `json:"name"`
	Rules     string       `json:"rules"`
	Tokens    int          `json:"tokens"`
	Version   int          `json:"version"`
	CreatedAt string       `json:"created_at"`
	UpdatedAt string       `json:"updated_at"`
}

func ipFilterAsJSON(f console.IPFilterSummary) ipFilterJSON {
	return ipFilterJSON{f.GUID, f.Name, f.Text, f.Tokens, f.Version, instant(f.CreatedAt, ""), instant(f.UpdatedAt, "")}
}

type ipFilterList struct {
	Repository string `placeholder:"NAME" help:"Only those that tokens of this repository use, and how many of these use each."`
	JSON       bool   `name:"json" help:"Print JSON, one IP filter a line."`
}

// Run lists the filters by name.
func (l ipFilterList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filters, err := l.filters(ctx, svc, actor)
		if err != nil {
			return err
		}
		if l.JSON {
			for _, f := range filters {
				if err := p.sayJSON(ipFilterAsJSON(f)); err != nil {
					return err
				}
			}
			return nil
		}
		table := p.table()
		err = row(table, "NAME", "RULES", "TOKENS", "CHANGED")
		for _, f := range filters {
			rules := 0
			for _, line := range console.ReadIPLines(f.Text) {
				if line.IsRule() {
					rules++
				}
			}
			err = errors.Join(err, row(table, f.Name, strconv.Itoa(rules), strconv.Itoa(f.Tokens), f.UpdatedAt.Format(time.DateOnly)))
		}
		return errors.Join(err, table.Flush())
	})
}

// filters are those of the repository, for whom it is to see its tokens, or all.
func (l ipFilterList) filters(ctx context.Context, svc *service.Service, actor console.Principal) ([]console.IPFilterSummary, error) {
	if l.Repository == "" {
		filters, err := svc.ListIPFilters(ctx, actor)
		return filters, absent(err, "Not all IP filters are yours to see. Name a repository with --repository.")
	}
	repository, err := svc.GetRepository(ctx, actor, l.Repository)
	if err != nil {
		return nil, absent(err, "There is no repository “"+l.Repository+"”.")
	}
	return svc.ListRepositoryIPFilters(ctx, actor, repository.GUID)
}

type ipFilterShow struct {
	Name string `arg:"" help:"Name of the IP filter."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows a filter as it was typed, with remarks on standard error.
func (s ipFilterShow) Run(ctx context.Context, p *program) error {
	return p.withIPFilter(ctx, s.Name, func(_ *service.Service, _ console.Principal, f console.IPFilterSummary) error {
		if s.JSON {
			return p.sayJSON(ipFilterAsJSON(f))
		}
		p.complain("%s, GUID %s, version %d, used by %s.\n", f.Name, f.GUID, f.Version, console.Count(f.Tokens, "token"))
		text := f.Text
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if err := p.say("%s", text); err != nil {
			return err
		}
		p.remark(f.IPFilter)
		return nil
	})
}

// remark says which rules decide nothing, and whether all refuse together.
func (p *program) remark(f console.IPFilter) {
	for _, line := range console.MarkShadows(console.ReadIPLines(f.Text)) {
		if line.Shadow != "" {
			p.complain("Line %d, %s: %s\n", line.Number, line.Rule, line.Shadow)
		}
	}
	switch rules := f.Rules(); {
	case console.OnlyComments(console.ReadIPLines(f.Text)):
		p.complain("Every line is a comment, so there are no rules: every address passes.\n")
	case rules.NothingPasses():
		p.complain("Nothing can pass: these rules refuse every address.\n")
	case rules.Empty():
		p.complain("There are no rules: every address passes.\n")
	}
}

type ipFilterCreate struct {
	Name string   `arg:"" help:"Name of the IP filter."`
	Rule []string `sep:"none" xor:"rules" placeholder:"RULE" help:"One line, such as “allow 10.0.0.0/8”. Repeat for several."`
	File string   `xor:"rules" placeholder:"FILE" help:"File that holds the lines; - is standard input."`
}

// Run makes a filter.
func (c ipFilterCreate) Run(ctx context.Context, p *program) error {
	text, err := p.rulesText(c.Rule, c.File)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := svc.CreateIPFilter(ctx, actor, console.NewIPFilter{Name: c.Name, Text: text})
		if err != nil {
			return err
		}
		p.remark(filter)
		return p.say("Made the IP filter %s (%s).\n", filter.Name, filter.GUID)
	})
}

// rulesText is the text that lines or a file make.
func (p *program) rulesText(lines []string, file string) (string, error) {
	if file == "" {
		return strings.Join(lines, "\n"), nil
	}
	var content []byte
	var err error
	if file == "-" {
		content, err = io.ReadAll(io.LimitReader(p.stdin, console.IPFilterTextLimit+1))
	} else {
		content, err = os.ReadFile(file)
	}
	if err != nil {
		return "", &console.Error{Code: console.CodeInvalid, Message: fmt.Sprintf("The rules can't be read: %v", err)}
	}
	return string(content), nil
}

type ipFilterEdit struct {
	Name    string   `arg:"" help:"Name of the IP filter."`
	Rename  *string  `placeholder:"NAME" help:"New name."`
	Rule    []string `sep:"none" xor:"rules" placeholder:"RULE" help:"One line, instead of all that there were. Repeat for several."`
	File    string   `xor:"rules" placeholder:"FILE" help:"File that holds all lines; - is standard input."`
	Confirm bool     `help:"Save although the rules refuse every address, and active tokens open nothing any more."`
	Version *int     `placeholder:"N" help:"Refuse if the IP filter is not at this version, which “ip-filter show” tells."`
}

// Run changes what was named of a filter.
func (e ipFilterEdit) Run(ctx context.Context, p *program) error {
	if e.Rename == nil && len(e.Rule) == 0 && e.File == "" {
		return &console.Error{Code: console.CodeInvalid, Message: "Say what to change: “latchkey ip-filter edit --help” lists what can be."}
	}
	text, err := p.rulesText(e.Rule, e.File)
	if err != nil {
		return err
	}
	return p.withIPFilter(ctx, e.Name, func(svc *service.Service, actor console.Principal, f console.IPFilterSummary) error {
		n, version := console.NewIPFilter{Name: f.Name, Text: f.Text}, f.Version
		if e.Rename != nil {
			n.Name = *e.Rename
		}
		if len(e.Rule) > 0 || e.File != "" {
			n.Text = text
		}
		if e.Version != nil {
			version = *e.Version
		}
		after, err := svc.UpdateIPFilter(ctx, actor, f.GUID, version, n, e.Confirm)
		if err != nil {
			return absent(err, noSuchIPFilter(e.Name))
		}
		p.remark(after)
		return p.say("The IP filter %s is at version %d and used by %s.\n", after.Name, after.Version, console.Count(f.Tokens, "token"))
	})
}

type ipFilterDelete struct {
	Name string `arg:"" help:"Name of the IP filter."`
}

// Run removes a filter.
func (d ipFilterDelete) Run(ctx context.Context, p *program) error {
	return p.withIPFilter(ctx, d.Name, func(svc *service.Service, actor console.Principal, f console.IPFilterSummary) error {
		filter, err := svc.DeleteIPFilter(ctx, actor, f.GUID)
		if err != nil {
			return absent(err, noSuchIPFilter(d.Name))
		}
		return p.say("Deleted the IP filter %s. What the audit log tells of it stays.\n", filter.Name)
	})
}

type ipFilterTest struct {
	Name    string `arg:"" help:"Name of the IP filter."`
	Address string `arg:"" help:"IPv4 or IPv6 address."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run judges an address. Being refused is an answer and no failure.
func (t ipFilterTest) Run(ctx context.Context, p *program) error {
	address, ok := console.ParseAddr(t.Address)
	if !ok {
		return &console.Error{Code: console.CodeInvalid, Message: "“" + t.Address + "” isn’t an address. Use a form such as 10.0.0.1 or 2001:db8::1."}
	}
	return p.withIPFilter(ctx, t.Name, func(_ *service.Service, _ console.Principal, f console.IPFilterSummary) error {
		v := f.Rules().Judge(address)
		if t.JSON {
			return p.sayJSON(struct {
				Address string `json:"address"`
				Allowed bool   `json:"allowed"`
				Line    int    `json:"line,omitempty"`
				Rule    string `json:"rule,omitempty"`
				Why     string `json:"why"`
			}{v.Address.String(), v.Allowed, v.Line, v.Rule, v.Why()})
		}
		verdict := "would be refused"
		if v.Allowed {
			verdict = "would pass"
		}
		return p.say("%s %s. %s\n", v.Address, verdict, v.Why())
	})
}

// withIPFilter runs do with the filter of that name.
func (p *program) withIPFilter(ctx context.Context, name string, do func(*service.Service, console.Principal, console.IPFilterSummary) error) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := svc.GetIPFilterNamed(ctx, actor, name)
		if err != nil {
			return absent(err, noSuchIPFilter(name))
		}
		return do(svc, actor, filter)
	})
}

func noSuchIPFilter(name string) string { return "There is no IP filter “" + name + "”." }
