package graph

import (
	"cmp"
	"context"
	"slices"

	"github.com/graph-gophers/graphql-go"

	"latchkey/internal/console"
)

// token is one of any type, with what is shown beside it.
type token struct {
	root    *root
	token   console.Token
	filter  *ipFilter
	domains []*searchDomain
}

func (t *token) ID() string            { return string(t.token.GUID) }
func (t *token) Name() string          { return t.token.Name }
func (t *token) ExpireAt() *Long       { return longOf(t.token.ValidTo) }
func (t *token) CreatedAt() Long       { return Long(t.token.CreatedAt.UnixMilli()) }
func (t *token) IPFilterV2() *ipFilter { return t.filter }

// IPFilter is the older way to tell of a filter: its text.
func (t *token) IPFilter() *string {
	if t.filter == nil {
		return nil
	}
	return &t.filter.filter.Text
}

// The types of tokens have names of their own here. One that manages organizations
// has none, and looks like one of the organization.
type (
	viewToken         struct{ *token }
	organizationToken struct{ *token }
	systemToken       struct{ *token }
	personalToken     struct{ *token }
)

func (t *token) permissions() []string { return append([]string{}, t.token.Scopes...) }

func (t *viewToken) Permissions() []string         { return t.permissions() }
func (t *organizationToken) Permissions() []string { return t.permissions() }
func (t *systemToken) Permissions() []string       { return t.permissions() }

// Views are those that the caller may see.
func (t *viewToken) Views() []*searchDomain { return append([]*searchDomain{}, t.domains...) }

// ToViewPermissionsToken and those below are for the library.
func (t *token) ToViewPermissionsToken() (*viewToken, bool) {
	return &viewToken{t}, t.token.Type == console.TypeRepository
}

func (t *token) ToOrganizationPermissionsToken() (*organizationToken, bool) {
	return &organizationToken{t}, t.token.Type == console.TypeOrganization || t.token.Type == console.TypeOrganizationManagement
}

func (t *token) ToSystemPermissionsToken() (*systemToken, bool) {
	return &systemToken{t}, t.token.Type == console.TypeSystem
}

func (t *token) ToPersonalUserToken() (*personalToken, bool) {
	return &personalToken{t}, t.token.Type == console.TypePersonal
}

// describe finds what is shown beside tokens: their IP filters, and their
// repositories as far as the caller may see them.
func (r *root) describe(ctx context.Context, found []console.Token, filters, domains bool) ([]*token, error) {
	var byFilter map[console.GUID]console.IPFilter
	var byRepository map[console.GUID]console.Repository
	var err error
	if filters {
		byFilter, err = r.svc.IPFiltersOf(ctx, found)
	}
	if err == nil && domains {
		var refs []console.RepositoryRef
		for _, one := range found {
			refs = append(refs, one.Repositories...)
		}
		byRepository, err = r.svc.RepositoriesOf(ctx, caller(ctx), refs)
	}
	if err != nil {
		return nil, err
	}
	tokens := make([]*token, len(found))
	for i, one := range found {
		tokens[i] = &token{root: r, token: one, filter: ipFilterOf(byFilter[one.IPFilter.GUID])}
		for _, ref := range one.Repositories {
			if repository, seen := byRepository[ref.GUID]; seen {
				tokens[i].domains = append(tokens[i].domains, &searchDomain{r, repository})
			}
		}
	}
	return tokens, nil
}

// one is describe for one token.
func (r *root) one(ctx context.Context, found console.Token) (*token, error) {
	tokens, err := r.describe(ctx, []console.Token{found}, true, true)
	if err != nil {
		return nil, err
	}
	return tokens[0], nil
}

// Token finds any token by its GUID, whatever its status. A dashboard's link is no
// token here.
func (r *root) Token(ctx context.Context, args struct{ TokenID string }) (*token, error) {
	found, err := r.svc.GetToken(ctx, caller(ctx), "", console.GUID(args.TokenID))
	if err == nil && found.Type == console.TypeDashboardLink {
		err = console.NotFound()
	}
	if err != nil {
		return nil, err
	}
	return r.one(ctx, found)
}

// listedTypes are the types that are listed, with their names here. Personal tokens
// never are.
var listedTypes = map[console.Type]string{
	console.TypeRepository:             "ViewPermissionToken",
	console.TypeOrganization:           "OrganizationPermissionToken",
	console.TypeOrganizationManagement: "OrganizationManagementPermissionToken",
	console.TypeSystem:                 "SystemPermissionToken",
}

// sortKeys are the orders.
var sortKeys = map[string]console.TokenSortKey{"Name": console.SortName, "ExpirationDate": console.SortExpires}

// usualSlice and longestSlice are how many tokens are listed.
const (
	usualSlice   = 50
	longestSlice = 10_000
)

type tokensArgs struct {
	SearchFilter         *string
	TypeFilter           *[]string
	ParentEntityIDFilter *[]string
	SortBy               string
	OrderBy              *string
	Skip, Limit          *int32
}

// filter is what the arguments ask for: by the five-minute rule, what is active or
// scheduled, and what expired a moment ago.
func (a tokensArgs) filter() console.TokenFilter {
	f := console.TokenFilter{Status: console.FilterCurrent, Search: console.WithoutSecret(text(a.SearchFilter))}
	for _, t := range console.Types {
		if name, listed := listedTypes[t]; listed && (a.TypeFilter == nil || slices.Contains(*a.TypeFilter, name)) {
			f.Types = append(f.Types, t)
		}
	}
	if a.ParentEntityIDFilter != nil {
		f.Repositories = guids(*a.ParentEntityIDFilter)
	}
	if a.TypeFilter != nil && len(f.Types) == 0 || a.ParentEntityIDFilter != nil && len(f.Repositories) == 0 {
		f.Types = []console.Type{""} // of no type, or nowhere
	}
	return f
}

type tokenSet struct {
	root   *root
	filter console.TokenFilter
	tokens []*token
}

// sliceOf is which part of a list is asked for.
func sliceOf(skipArg, limitArg *int32) (skip, limit int, err error) {
	limit = usualSlice
	if skipArg != nil {
		skip = int(*skipArg)
	}
	if limitArg != nil {
		limit = int(*limitArg)
	}
	p := console.Problems{}
	p.Check(skip >= 0, "skip", "Skip can’t be negative.")
	p.Check(limit >= 1 && limit <= longestSlice, "limit", "The limit is 1 to 10,000.")
	return skip, limit, p.Err()
}

// Tokens lists tokens. Their number is counted only if somebody asks for it.
func (r *root) Tokens(ctx context.Context, args tokensArgs) (*tokenSet, error) {
	skip, limit, err := sliceOf(args.Skip, args.Limit)
	if err := cmp.Or(err, chargeFilter(ctx, "searchFilter", args.SearchFilter, args.TypeFilter, args.ParentEntityIDFilter)); err != nil {
		return nil, err
	}
	set := &tokenSet{root: r, filter: args.filter()}
	if !graphql.HasSelectedField(ctx, "results") {
		return set, nil
	}
	if err := charge(ctx, limit); err != nil {
		return nil, err
	}
	sort := console.TokenSort{Key: sortKeys[args.SortBy], Descending: text(args.OrderBy) == "DESC"}
	found, err := r.svc.SliceTokens(ctx, caller(ctx), set.filter, sort, skip, limit)
	if err != nil {
		return nil, err
	}
	filters := graphql.HasSelectedField(ctx, "results.ipFilter") || graphql.HasSelectedField(ctx, "results.ipFilterV2")
	set.tokens, err = r.describe(ctx, found, filters, graphql.HasSelectedField(ctx, "results.views"))
	return set, err
}

func (s *tokenSet) Results() []*token { return append([]*token{}, s.tokens...) }

func (s *tokenSet) TotalResults(ctx context.Context) (int32, error) {
	total, err := s.root.svc.CountAllTokens(ctx, caller(ctx), s.filter)
	return int32(min(total, 1<<31-1)), err
}
