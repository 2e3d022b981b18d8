package web

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// copySuffix ends the names of copies.
var copySuffix = regexp.MustCompile(` copy( \d{1,6})?$`)

// copyRoom is how many characters of a name the suffix of a copy may need.
const copyRoom = len(" copy 123456")

// fillLike fills a new form from another token, whose validity begins anew. A
// scope that can't be given any more is left out, and named.
func (s *Server) fillLike(c echo.Context, f *tokenForm, text string) error {
	guid, ok := console.ParseGUID(text)
	if !ok {
		return console.NotFound()
	}
	token, err := s.svc.GetToken(c.Request().Context(), f.who, f.at.guid(), guid)
	if err != nil {
		return err
	}
	if f.in.name, err = s.copyName(c, f, token); err != nil {
		return err
	}
	f.in.description, f.in.ipFilter = token.Description, string(token.IPFilter.GUID)
	if token.Type.Creatable() {
		f.in.kind = token.Type
	}
	if len(token.Repositories) > 0 && f.at.repository == nil {
		for _, repository := range token.Repositories {
			f.in.repositories = append(f.in.repositories, repository.Name)
		}
		if f.repositories, err = s.repositoryChoices(c, console.TokenWrite, f.in.repositories...); err != nil {
			return err
		}
	}
	f.in.assets = ticks(token.Assets)
	if err := s.findAssets(c, f); err != nil {
		return err
	}
	end, err := s.plannedEnd(c, f, token)
	if err != nil {
		return err
	}
	if !end.IsZero() {
		end = f.reader.Now.Add(end.Sub(token.ActiveFrom()))
		if latest := f.policies.Of(f.in.kind).Latest(f.reader.Now); !latest.IsZero() && end.After(latest) {
			end = latest
		}
		f.in.validTo = f.reader.Wall(end)
	}
	for _, person := range f.people {
		if person.GUID == token.Owner.GUID && person.DisabledAt.IsZero() {
			f.in.owner = string(person.GUID)
		}
	}
	f.in.scopes = nil
	for _, name := range token.Scopes {
		if scope, known := f.catalogue.Find(name); known && f.who.MayGrant(scope) && scope.AppliesTo(f.in.kind) {
			f.in.scopes = append(f.in.scopes, name)
		} else {
			f.left = append(f.left, name)
		}
	}
	return nil
}

// copyName is a name like that of the token that no token near it has.
func (s *Server) copyName(c echo.Context, f *tokenForm, token console.Token) (string, error) {
	base := []rune(copySuffix.ReplaceAllString(token.Name, ""))
	name := string(base[:min(len(base), console.NameLimit-copyRoom)]) + " copy"
	page, err := s.svc.ListTokens(c.Request().Context(), f.who, console.TokenFilter{Repository: f.at.guid(), Name: name},
		console.TokenSort{Key: console.SortName}, console.PageRequest{Size: slices.Max(console.PageSizes)})
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, other := range page.Items {
		taken[console.Fold(other.Name)] = true
	}
	free := name
	for n := 2; taken[console.Fold(free)]; n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free, nil
}

// plannedEnd is when the token was to end before somebody revoked it; zero for never.
func (s *Server) plannedEnd(c echo.Context, f *tokenForm, token console.Token) (time.Time, error) {
	if token.RevokedAt.IsZero() {
		return token.ValidTo, nil
	}
	history, err := s.svc.TokenHistory(c.Request().Context(), f.who, token.GUID)
	for _, event := range history {
		for _, change := range event.Changes {
			if event.Action == console.TokenRevoked && change.Field == "valid_to" {
				end, _ := time.Parse(time.RFC3339, change.Old)
				return end, err
			}
		}
	}
	return token.ValidTo, err
}
