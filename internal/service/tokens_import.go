package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// importsKept is how many files are kept of one person.
const importsKept = 10

// CreateImport keeps a file of tokens to be made, if it can be read. It makes
// none yet.
func (s *Service) CreateImport(ctx context.Context, actor console.Principal, i console.Import) (console.Import, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return i, err
	}
	if actor.Kind != console.PrincipalUser {
		return i, console.Unauthenticated()
	}
	if _, err := i.Rows(); err != nil {
		return i, err
	}
	i.GUID, i.User, i.CreatedAt = console.NewGUID(), actor.GUID, s.now()
	if i.File = console.Clean(i.File); !console.PlainLine(i.File) || len(i.File) > console.ImportName {
		i.File = "tokens.csv"
	}
	return i, s.store.Tx(ctx, func(tx *store.Store) error {
		return cmp.Or(tx.InsertImport(ctx, i), tx.DeleteOldImports(ctx, actor.GUID, importsKept))
	})
}

// ListImports returns actor's own imports that are kept, the newest first.
func (s *Service) ListImports(ctx context.Context, actor console.Principal) ([]console.Import, error) {
	if err := s.mayImport(ctx, actor); err != nil {
		return nil, err
	}
	return s.store.ListImports(ctx, actor.GUID, importsKept)
}

// GetImport returns an import of actor's own.
func (s *Service) GetImport(ctx context.Context, actor console.Principal, guid console.GUID) (console.Import, error) {
	if err := cmp.Or(s.mayImport(ctx, actor), written(guid)); err != nil {
		return console.Import{}, err
	}
	return s.store.FindImport(ctx, actor.GUID, guid)
}

func (s *Service) mayImport(ctx context.Context, actor console.Principal) error {
	return s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{})
}

// PreviewImport says of every row of i what it would make, or everything for
// which it can't, or that it has been made. It asks what CreateToken asks.
func (s *Service) PreviewImport(ctx context.Context, actor console.Principal, i console.Import) ([]console.ImportLine, error) {
	if err := s.mayImport(ctx, actor); err != nil {
		return nil, err
	}
	sheet, err := i.Rows()
	if err != nil {
		return nil, err
	}
	names, err := s.importNames(ctx, actor)
	if err != nil {
		return nil, err
	}
	lines, guids := make([]console.ImportLine, len(sheet.Rows)), make([]console.GUID, len(sheet.Rows))
	for at, row := range sheet.Rows {
		guids[at] = importedGUID(i, row.Line)
		lines[at].ImportRow = row
	}
	made, err := s.chosen(ctx, actor, "", guids)
	if err != nil {
		return nil, err
	}
	claims := map[string]int{}
	for at := range lines {
		l := &lines[at]
		if n := slices.IndexFunc(made, func(t console.Token) bool { return t.GUID == guids[at] }); n >= 0 {
			l.Made, l.New = made[n], made[n].AsNew()
			continue
		}
		l.New, l.Problems = l.Read(s.now())
		l.New.GUID = guids[at]
		if err := s.foresee(ctx, actor, names, l); err != nil {
			return nil, err
		}
		if before := claim(claims, *l); before != 0 {
			l.Problems.Check(false, "name", "Line "+strconv.Itoa(before)+" has that name, too.")
		}
	}
	return lines, nil
}

// claim notes the name of a line in the places that it is for, and returns the
// line that has it in one of them, 0 if none has.
func claim(claims map[string]int, l console.ImportLine) int {
	places := []string{string(l.New.Type)}
	if l.New.Type == console.TypeRepository {
		places = nil
		for _, guid := range l.New.Repositories {
			places = append(places, string(guid))
		}
	}
	for _, place := range places {
		key := place + " " + console.Fold(l.New.Name)
		if before := claims[key]; before != 0 && before != l.Line {
			return before
		}
		claims[key] = l.Line
	}
	return 0
}

// importedGUID is the GUID of the token that a line of i makes: the same
// whenever it is tried, also with another key.
func importedGUID(i console.Import, line int) console.GUID {
	sum := sha256.Sum256([]byte(string(i.GUID) + " " + strconv.Itoa(line)))
	return console.GUIDFrom(sum[:16])
}

// foresee finds what a line names and everything that is wrong with it, without
// making anything.
func (s *Service) foresee(ctx context.Context, actor console.Principal, names *importNames, l *console.ImportLine) error {
	if err := s.lookUp(ctx, actor, names, l); err != nil {
		return err
	}
	l.New = l.New.Clean()
	if l.New.Owner == "" && actor.Kind == console.PrincipalUser {
		l.New.Owner = actor.GUID
	}
	now := s.now()
	if err := noteProblems(l.Problems, l.New.Validate(now, names.catalogue)); err != nil {
		return err
	}
	_, named := l.Problems["name"]
	err := s.store.Tx(ctx, func(tx *store.Store) error {
		actor, err := s.current(ctx, tx, actor)
		if err != nil {
			return err
		}
		token := l.New.Token(actor, now)
		return s.judge(ctx, tx, actor, l.New, &token, func(err error) error { return noteProblems(l.Problems, err) })
	})
	if !named && l.New.Type == console.TypeRepository && len(l.New.Repositories) == 0 {
		delete(l.Problems, "name") // nobody knows where it would have to be free
	}
	return err
}

// importColumns are the columns of the fields that are called otherwise in forms.
var importColumns = map[string]string{"repository": "repositories"}

// noteProblems adds what err says is wrong to what is known, the first of each
// column winning. It returns errors that are no problem of a row.
func noteProblems(p console.Problems, err error) error {
	known, ok := errors.AsType[*console.Error](err)
	if err == nil {
		return nil
	}
	if !ok || !slices.Contains([]console.Code{console.CodeInvalid, console.CodeConflict, console.CodeForbidden, console.CodeNotFound}, known.Code) {
		return err
	}
	for field, sentence := range known.Fields {
		p.Check(false, cmp.Or(importColumns[field], field), sentence)
	}
	p.Check(len(known.Fields) > 0, "", known.Message)
	return nil
}

// importNames are those to whom rows refer.
type importNames struct {
	catalogue    console.Catalogue
	people       map[string]console.GUID
	filters      map[string]console.GUID
	repositories map[string]console.GUID
}

func (s *Service) importNames(ctx context.Context, actor console.Principal) (*importNames, error) {
	names := &importNames{people: map[string]console.GUID{}, filters: map[string]console.GUID{}, repositories: map[string]console.GUID{}}
	people, err := s.ListUsers(ctx, actor)
	if err != nil {
		return nil, err
	}
	twice := map[string]bool{}
	for _, person := range people {
		name := console.Fold(person.Name)
		_, known := names.people[name]
		twice[name] = twice[name] || known
		names.people[name] = person.GUID
	}
	maps.DeleteFunc(names.people, func(name string, _ console.GUID) bool { return twice[name] })
	for _, person := range people {
		names.people[console.Fold(person.Email)], names.people[string(person.GUID)] = person.GUID, person.GUID
	}
	filters, err := s.IPFilterNames(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, filter := range filters {
		names.filters[console.Fold(filter.Name)] = filter.GUID
	}
	names.catalogue, err = s.Catalogue(ctx)
	return names, err
}

// lookUp finds whom and what a line names.
func (s *Service) lookUp(ctx context.Context, actor console.Principal, names *importNames, l *console.ImportLine) error {
	for _, name := range l.List("repositories") {
		key := console.Fold(name)
		if _, known := names.repositories[key]; !known {
			repository, err := s.GetRepository(ctx, actor, name)
			if err != nil && console.CodeOf(err) != console.CodeNotFound {
				return err
			}
			names.repositories[key] = repository.GUID
		}
		guid := names.repositories[key]
		l.Problems.Check(guid != "", "repositories", "There is no repository “"+name+"”.")
		l.New.Repositories = append(l.New.Repositories, guid)
	}
	l.New.Repositories = slices.DeleteFunc(l.New.Repositories, func(guid console.GUID) bool { return guid == "" })
	for _, cell := range []struct {
		column, problem string
		known           map[string]console.GUID
		to              *console.GUID
	}{
		{"owner", "There is nobody whose address, or name that only one has, is", names.people, &l.New.Owner},
		{"ip_filter", "There is no IP filter", names.filters, &l.New.IPFilter},
	} {
		text := l.Cells[cell.column]
		if *cell.to = cell.known[console.Fold(text)]; text == "" {
			*cell.to = ""
		}
		l.Problems.Check(text == "" || *cell.to != "", cell.column, cell.problem+" “"+text+"”.")
	}
	return nil
}

// RunImport makes the tokens of i that are not made yet, one after the other as
// CreateToken does, and gives visit each with its secret, which exists there
// only, or with why there is none. Rows with problems stop it before it begins,
// unless they are to be left out. What was made stays made when it ends early,
// and running it again makes the rest.
func (s *Service) RunImport(ctx context.Context, actor console.Principal, i console.Import, leaveOut bool, visit func(console.ImportLine, console.Secret) error) error {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return err
	}
	lines, err := s.PreviewImport(ctx, actor, i)
	if err != nil {
		return err
	}
	unsound := 0
	var scopes []string
	for _, l := range lines {
		if !l.Sound() {
			unsound++
		} else if l.Made.GUID == "" {
			scopes = append(scopes, l.New.Scopes...)
		}
	}
	if unsound > 0 && !leaveOut {
		return console.Conflict("", console.Count(unsound, "row")+" can’t be imported. Mend the file, or leave them out.")
	}
	// Before the first of them, or the rest would wait for a proof.
	if err := s.needProofFor(ctx, s.store, actor, scopes); err != nil {
		return err
	}
	if err := s.recordImport(ctx, actor, i, len(lines)-unsound); err != nil {
		return err
	}
	for _, l := range lines {
		l, secret, err := s.runLine(ctx, actor, l)
		if err == nil {
			err = visit(l, secret)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recordImport(ctx context.Context, actor console.Principal, i console.Import, rows int) error {
	return s.change(ctx, actor, console.TokenWrite, func(tx *store.Store, actor console.Principal) error {
		event := actor.Did(console.TokensImported, console.Target{Kind: console.TargetToken, Name: console.Count(rows, "token")}, s.now())
		event.Changes = []console.Change{{Field: "file", New: i.File}}
		return s.record(ctx, tx, event)
	})
}

const hasBeenMade = "Made before. Whoever has no secret of it can rotate it."

func (s *Service) runLine(ctx context.Context, actor console.Principal, l console.ImportLine) (console.ImportLine, console.Secret, error) {
	if l.Problems == nil {
		l.Problems = console.Problems{}
	}
	if l.Made.GUID != "" || !l.Sound() {
		l.Problems.Check(l.Made.GUID == "", "", hasBeenMade)
		return l, console.Secret{}, nil
	}
	token, secret, err := s.CreateToken(ctx, actor, l.New)
	if err != nil {
		return l, secret, noteProblems(l.Problems, err)
	}
	l.Made = token
	l.Problems.Check(!secret.IsZero(), "", hasBeenMade)
	return l, secret, nil
}

// RotateImported gives new secrets to those tokens of i that nobody ever used,
// in place of the ones that were lost on their way, and gives visit each.
func (s *Service) RotateImported(ctx context.Context, actor console.Principal, i console.Import, visit func(console.ImportLine, console.Secret) error) error {
	lines, err := s.PreviewImport(ctx, actor, i)
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l console.ImportLine) bool { return !l.Rotatable(s.now()) })
	var scopes []string
	for _, l := range lines {
		scopes = append(scopes, l.Made.Scopes...)
	}
	if err := s.needProofFor(ctx, s.store, actor, scopes); err != nil {
		return err
	}
	for _, l := range lines {
		l.Problems = console.Problems{}
		_, secret, err := s.RotateToken(ctx, actor, "", l.Made.GUID, console.Rotation{EndOldest: true})
		if err = noteProblems(l.Problems, err); err == nil {
			err = visit(l, secret)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
