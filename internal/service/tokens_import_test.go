package service_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// imports is a file of tokens to be made.
func (s *site) imports(content string) console.Import {
	return console.Import{GUID: console.NewGUID(), File: "tokens.csv", Content: []byte(content)}
}

// run imports, and answers the secrets by name and what was said of the others.
func (s *site) run(actor console.Principal, i console.Import, leaveOut bool) (secrets, problems map[string]string, err error) {
	s.t.Helper()
	secrets, problems = map[string]string{}, map[string]string{}
	err = s.RunImport(s.t.Context(), actor, i, leaveOut, func(l console.ImportLine, secret console.Secret) error {
		if secret.IsZero() {
			problems[l.New.Name] = strings.Join(l.Sentences(), " ")
		} else {
			secrets[l.New.Name] = secret.Reveal()
		}
		return nil
	})
	return secrets, problems, err
}

// TestADryRunTellsEverythingThatIsWrong, of every line, as creation would, and
// makes nothing.
func TestADryRunTellsEverythingThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.make("taken")
		s.repository("foreign")
		filter := s.ipFilter("deny all")
		s.asks(console.Policy{Type: console.TypeSystem, Allowed: true, MaximumDays: 30})
		since, changes := len(s.events()), s.changes()
		i := s.imports("\ufeffname;scopes;type;repositories;valid_from;valid_to;owner;ip_filter;description;guid\n" +
			"good;ReadAccess ChangeFiles;;web-logs;;90d;owner;" + filter.Name + ";text;\n" +
			"taken;NoSuchScope;;web-logs;;2020-01-01;nobody@example.com;none;;\n" +
			"good;ReadAccess;;web-logs;tomorrow;soon;;;;\n" +
			";;personal;;;;;;;\n" +
			"long;ManageCluster;system;;;;;;;\n" +
			"where;ReadAccess;;nowhere;;;;;;\n" +
			"'=1+1;ReadAccess;repository;WEB-logs, foreign;2030-01-01T08:00;2030-01-31;;;;\n" +
			"short;ReadAccess\n")
		lines, err := s.PreviewImport(t.Context(), s.as(console.RoleOwner), i)
		s.must(err)
		want := [][]string{
			nil,
			{"ip_filter: There is no IP filter “none”.", "name: This repository already has a token with that name.",
				"owner: There is nobody whose address, or name that only one has, is “nobody@example.com”.",
				"scopes: There is no scope “NoSuchScope”.", "valid_to: Valid to must be in the future."},
			{"name: Line 2 has that name, too.", "valid_from: " + console.InstantForms + ".", "valid_to: " + console.InstantForms + console.LengthForms + "."},
			{"name: Give the token a name.", "scopes: ", "type: Tokens of this type can’t be imported."},
			{"valid_to: "},
			{"repositories: There is no repository “nowhere”."},
			nil,
			{"The line has 2 cells, and the head has 10.", "repositories: Choose a repository."},
		}
		for n, l := range lines {
			got := l.Sentences()
			if !slices.EqualFunc(got, want[n], func(a, b string) bool { return strings.HasPrefix(a, b) }) {
				t.Errorf("line %d: %q, want %q", l.Line, got, want[n])
			}
		}
		odd := lines[6].New
		if odd.Name != "=1+1" || len(odd.Repositories) != 2 || !odd.ValidFrom.Equal(time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)) || !odd.ValidTo.Equal(time.Date(2030, 2, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("it reads %+v", odd)
		}
		if lines[0].New.Owner != s.people[console.RoleOwner].GUID || lines[0].New.IPFilter != filter.GUID || lines[0].New.Description != "text" {
			t.Errorf("it reads %+v", lines[0].New)
		}
		if s.changes() != changes {
			t.Error("a dry run changes something")
		}
		s.recorded(since)
		_, _, err = s.run(s.as(console.RoleOwner), i, false)
		s.refused("with problems", err, console.CodeConflict)
		s.recorded(since)
		secrets, problems, err := s.run(s.as(console.RoleOwner), i, true)
		s.must(err)
		if len(secrets) != 2 || secrets["=1+1"] == "" || len(problems) != 6 {
			t.Errorf("left out %v, made %d", problems, len(secrets))
		}
	})
}

// TestAnImportIsTheImportersOwn: they give what they hold, where they may.
func TestAnImportIsTheImportersOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		looked := s.repository("looked-at")
		s.repository("foreign")
		s.make("d", ofType(console.TypeOrganization, "ViewUsage"))
		s.make("e", in(looked), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
		manager := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager, looked.GUID: console.MemberViewer}))
		i := s.imports("name,scopes,type,repositories\na,ReadAccess,,web-logs\nb,ReadAccess ChangeFiles,,web-logs\nc,ReadAccess,,foreign\nd,ViewUsage,organization,\ne,ReadAccess,,looked-at\n")
		secrets, problems, err := s.run(manager, i, true)
		s.must(err)
		if len(secrets) != 1 || secrets["a"] == "" || !strings.Contains(problems["b"], "You don’t hold ChangeFiles") ||
			!strings.Contains(problems["c"], "There is no repository “foreign”") || !strings.Contains(problems["d"], "You may make tokens of your repositories only.") {
			t.Errorf("a manager makes %d; of the others is said %v", len(secrets), problems)
		}
		for _, name := range []string{"d", "e"} {
			if strings.Contains(problems[name], "already") {
				t.Errorf("a manager is told of a token that they don’t see: %s", problems[name])
			}
		}
		kept, err := s.CreateImport(t.Context(), manager, i)
		s.must(err)
		if got, err := s.GetImport(t.Context(), manager, kept.GUID); err != nil || got.File != "tokens.csv" || string(got.Content) != string(i.Content) {
			t.Errorf("kept is %+v, %v", got, err)
		}
		_, err = s.GetImport(t.Context(), s.as(console.RoleOwner), kept.GUID)
		s.refused("somebody else’s", err, console.CodeNotFound)
		s.clock.set(opening.Add(console.ImportKept + time.Hour))
		s.must(s.Sweep(t.Context()))
		_, err = s.GetImport(t.Context(), manager, kept.GUID)
		s.refused("after a week", err, console.CodeNotFound)
	})
}

// TestAnImportMakesEachTokenOnce, however often it is tried and wherever it
// breaks off, and what was lost on its way can be had anew.
func TestAnImportMakesEachTokenOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, i := s.as(console.RoleOwner), s.imports("name,scopes,repositories\na,ReadAccess,web-logs\nb,ReadAccess,web-logs\nc,ReadAccess,web-logs\n")
		since := len(s.events())
		cut := errors.New("the connection is gone")
		var first, lost string
		err := s.RunImport(t.Context(), owner, i, false, func(l console.ImportLine, secret console.Secret) error {
			if l.New.Name == "b" {
				lost = secret.Reveal()
				return cut
			}
			first = secret.Reveal()
			return nil
		})
		if !errors.Is(err, cut) || len(s.events()) != since+3 {
			t.Fatalf("it ends by %v, with %d events", err, len(s.events())-since)
		}
		lines, err := s.PreviewImport(t.Context(), owner, i)
		s.must(err)
		if lines[0].Made.Name != "a" || lines[1].Made.Name != "b" || lines[2].Made.GUID != "" || !lines[2].Sound() {
			t.Errorf("what was made is told as %+v", lines)
		}
		secrets, problems, err := s.run(owner, i, false)
		s.must(err)
		if len(secrets) != 1 || secrets["c"] == "" || !strings.HasPrefix(problems["a"], "Made before.") || !strings.HasPrefix(problems["b"], "Made before.") {
			t.Errorf("the rest is %v, %v", secrets, problems)
		}
		if !s.use(first) {
			t.Error("what arrived opens nothing")
		}
		s.must(s.FlushUsage(t.Context(), true))
		anew := map[string]string{}
		s.must(s.RotateImported(t.Context(), owner, i, func(l console.ImportLine, secret console.Secret) error {
			anew[l.New.Name] = secret.Reveal()
			return nil
		}))
		if len(anew) != 2 || anew["b"] == "" || anew["c"] == "" {
			t.Errorf("anew are %v", anew)
		}
		s.works("after new secrets", []bool{true, false, false, true, true}, first, lost, secrets["c"], anew["b"], anew["c"])
	})
}

// TestWhatIsNoFileOfTokens is said before anything is looked at.
func TestWhatIsNoFileOfTokens(t *testing.T) {
	rows := strings.Repeat("a,ReadAccess\n", console.ImportRows)
	for name, test := range map[string]struct{ content, want string }{
		"nothing":              {"", "The file is empty."},
		"only a head":          {"name,scopes\n", "The file has no rows below its head."},
		"too large":            {"name,scopes\n" + strings.Repeat("x", console.ImportSize), "The file is larger than 1 MiB."},
		"as many as may be":    {"name,scopes\n" + rows, ""},
		"one row too many":     {"name,scopes\n" + rows + "a,ReadAccess\n", "The file has more than 1000 rows. Divide it."},
		"a million columns":    {"name,scopes" + strings.Repeat(",", 500_000) + "\n", "The file has 500002 columns. At most 64 are read."},
		"two alike":            {"name,scopes,NAME\na,b,c\n", "Two columns are called name."},
		"an unknown one":       {"name,scopes,secret\na,b,c\n", "There is no column “secret”."},
		"one missing":          {"name,type\na,b\n", "The column scopes is missing."},
		"not text":             {"name,scopes\n\xff,b\n", "The file is no text in UTF-8. Spreadsheets save that as “CSV UTF-8”."},
		"semicolons":           {"\ufeffname;scopes\r\na,b;c\r\n", ""},
		"tabs":                 {"name\tscopes\na,b\tc\n", ""},
		"semicolons, said":     {"\ufeffsep=;\r\nname;scopes\r\na,b;c\r\n", ""},
		"only what is between": {"sep=;\n", "The file is empty."},
		"a quotation mark":     {"name,scopes\na\"b,c\n", "Line 2 is not CSV"},
		"columns of an export": {"name,scopes,status,guid\na,b,active,x\n", ""},
	} {
		sheet, err := console.Import{Content: []byte(test.content)}.Rows()
		var problem string
		if e, ok := errors.AsType[*console.Error](err); ok {
			problem = e.Fields["file"]
		}
		if !strings.HasPrefix(problem, test.want) || (test.want == "") != (err == nil) {
			t.Errorf("%s: %q, want %q", name, problem, test.want)
		}
		if (name == "tabs" || strings.HasPrefix(name, "semicolons")) && (len(sheet.Rows) != 1 || sheet.Rows[0].Cells["name"] != "a,b" || sheet.Rows[0].Cells["scopes"] != "c") {
			t.Errorf("%s: the rows are %+v", name, sheet.Rows)
		}
		if name == "columns of an export" && !slices.Equal(sheet.Ignored, []string{"status", "guid"}) {
			t.Errorf("ignored are %q", sheet.Ignored)
		}
	}
}
