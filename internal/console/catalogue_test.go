package console_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// logScale are the permissions of LogScale's GraphQL schema: the enums
// Permission, OrganizationPermission and SystemPermission, in their order there.
var logScale = map[console.Type][]string{
	console.TypeRepository: {
		"ChangeUserAccess", "ChangeTriggers", "CreateTriggers", "UpdateTriggers", "DeleteTriggers", "ChangeActions", "CreateActions", "UpdateActions",
		"DeleteActions", "ChangeDashboards", "CreateDashboards", "UpdateDashboards", "DeleteDashboards", "ChangeDashboardReadonlyToken", "ChangeFiles",
		"CreateFiles", "UpdateFiles", "DeleteFiles", "ChangeInteractions", "ChangeParsers", "ChangeSavedQueries", "CreateSavedQueries",
		"UpdateSavedQueries", "DeleteSavedQueries", "ConnectView", "ChangeArchivingSettings", "ChangeDataDeletionPermissions", "ChangeRetention",
		"ChangeDefaultSearchSettings", "ChangeS3ArchivingSettings", "DeleteDataSources", "DeleteRepositoryOrView", "DeleteEvents", "ReadAccess",
		"ChangeIngestTokens", "ChangePackages", "ChangeViewOrRepositoryDescription", "ChangeConnections", "EventForwarding", "QueryDashboard",
		"ChangeViewOrRepositoryPermissions", "ChangeFdrFeeds", "OrganizationOwnedQueries", "ReadExternalFunctions", "ChangeIngestFeeds",
		"ChangeScheduledReports", "CreateScheduledReports", "UpdateScheduledReports", "DeleteScheduledReports",
	},
	console.TypeOrganization: {
		"ExportOrganization", "ChangeOrganizationPermissions", "ChangeIdentityProviders", "CreateRepository", "ManageUsers", "ViewUsage",
		"ChangeOrganizationSettings", "ChangeIPFilters", "ChangeSessions", "ChangeAllViewOrRepositoryPermissions",
		"IngestAcrossAllReposWithinOrganization", "DeleteAllRepositories", "DeleteAllViews", "ViewAllInternalNotifications", "ChangeFleetManagement",
		"ViewFleetManagement", "ChangeTriggersToRunAsOtherUsers", "MonitorQueries", "BlockQueries", "ChangeSecurityPolicies", "ChangeExternalFunctions",
		"ChangeFieldAliases", "ManageViewConnections",
	},
	console.TypeSystem: {
		"ReadHealthCheck", "ViewOrganizations", "ManageOrganizations", "ImportOrganization", "DeleteOrganizations", "ChangeSystemPermissions",
		"ManageCluster", "IngestAcrossAllReposWithinCluster", "DeleteHumioOwnedRepositoryOrView", "ChangeUsername", "ChangeFeatureFlags",
		"ChangeSubdomains", "ListSubdomains", "PatchGlobal", "ChangeBucketStorage", "ManageOrganizationLinks",
	},
	console.TypeOrganizationManagement: {"ManageSpecificOrganizations"},
}

func TestCatalogueHasLogScalesPermissions(t *testing.T) {
	for of, want := range map[console.Type]int{
		console.TypeRepository: 49, console.TypeOrganization: 23, console.TypeSystem: 16, console.TypeOrganizationManagement: 1,
	} {
		if got := len(logScale[of]); got != want {
			t.Errorf("this test lists %d permissions of type %s, want %d", got, of, want)
		}
	}
	for of, names := range logScale {
		for _, name := range names {
			scope, ok := console.BuiltIn().Find(name)
			switch {
			case !ok:
				t.Errorf("%s is missing", name)
			case scope.Name != name || !slices.Equal(scope.Types, []console.Type{of}):
				t.Errorf("%s is found as %s and is for tokens of type %q, want %q", name, scope.Name, scope.Types, of)
			}
		}
	}
}

func TestCatalogueIsInOrder(t *testing.T) {
	named, labelled := map[string]bool{}, map[string]bool{}
	for _, scope := range console.BuiltIn().All() {
		if named[scope.Name] {
			t.Errorf("%s is there twice", scope.Name)
		}
		named[scope.Name] = true
		for _, of := range scope.Types {
			if key := string(of) + " " + scope.Label; labelled[key] {
				t.Errorf("two scopes of type %s have the label %q", of, scope.Label)
			} else {
				labelled[key] = true
			}
			ours := strings.HasPrefix(scope.Name, "latchkey:")
			if !ours && !slices.Contains(logScale[of], scope.Name) {
				t.Errorf("%s of type %s is neither LogScale's nor ours", scope.Name, of)
			}
		}
		if scope.Name == "" || scope.Label == "" || scope.Group == "" || len(scope.Types) == 0 || strings.ContainsAny(scope.Name, " \t\n") {
			t.Errorf("%+v lacks something", scope)
		}
		if !slices.Contains([]console.Risk{console.RiskNone, console.RiskHigh}, scope.Risk) {
			t.Errorf("%s has the risk %q", scope.Name, scope.Risk)
		}
		found, ok := console.BuiltIn().Find(scope.Name)
		if !ok || found.Label != scope.Label {
			t.Errorf("%s is found as %+v, %v", scope.Name, found, ok)
		}
	}
	for _, name := range []string{"", "readaccess", "ReadAccess ", "Nothing"} {
		if scope, ok := console.BuiltIn().Find(name); ok {
			t.Errorf("%q is found as %s", name, scope.Name)
		}
	}
	console.BuiltIn().All()[0].Name = "changed"
	if console.BuiltIn().All()[0].Name == "changed" {
		t.Error("callers can change the catalogue")
	}
}

func TestScopesAreOfferedToThoseWhoMayGrantThem(t *testing.T) {
	for _, role := range append(slices.Clone(console.Roles), "") {
		p := console.Principal{Kind: console.PrincipalUser, Role: role}
		grants := role == console.RoleOwner || role == console.RoleAdministrator
		for _, of := range console.Types {
			var offered []string
			seen := map[string]bool{}
			for _, group := range console.BuiltIn().Offered(of, p) {
				if seen[group.Name] || group.Name == "" || len(group.Scopes) == 0 {
					t.Errorf("%s, type %s: the group %q is offered twice or empty", role, of, group.Name)
				}
				seen[group.Name] = true
				for _, scope := range group.Scopes {
					if scope.Group != group.Name || !scope.AppliesTo(of) {
						t.Errorf("%s, type %s: %s stands under %q", role, of, scope.Name, group.Name)
					}
					offered = append(offered, scope.Name)
				}
			}
			var want []string
			if grants {
				want = slices.DeleteFunc(slices.Clone(logScale[of]), func(name string) bool {
					// With these a token may do here what only owners may.
					return role != console.RoleOwner && (name == "ChangeSecurityPolicies" || name == "ManageUsers")
				})
				if scope, _ := console.BuiltIn().Find(console.ScopeIntrospect); scope.AppliesTo(of) {
					want = append(want, scope.Name)
				}
			}
			slices.Sort(offered)
			slices.Sort(want)
			if !slices.Equal(offered, want) {
				t.Errorf("%q, type %s: offered are %q, want %q", role, of, offered, want)
			}
			if presets := console.BuiltIn().Presets(of, p); !grants && len(presets) > 0 {
				t.Errorf("%q is offered the presets %v", role, presets)
			}
		}
	}
	owner := console.Principal{Kind: console.PrincipalUser, Role: console.RoleOwner}
	if owner.MayGrant(console.Scope{Name: "old", Retired: true}) {
		t.Error("an owner may grant what is retired")
	}
}

func TestPresetsFitTheirTypes(t *testing.T) {
	owner, offered := console.System("test"), 0
	for _, of := range console.Types {
		named := map[string]bool{}
		for _, preset := range console.BuiltIn().Presets(of, owner) {
			offered++
			if named[preset.Name] || preset.Type != of || len(preset.Scopes) == 0 {
				t.Errorf("type %s: the preset %+v", of, preset)
			}
			named[preset.Name] = true
			n := sound()
			n.Type, n.Scopes = of, preset.Scopes
			if of != console.TypeRepository {
				n.Repositories = nil
			}
			if err := n.Validate(now, console.BuiltIn()); err != nil {
				t.Errorf("a token of type %s with the preset %s: %v", of, preset.Name, err)
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(preset.Scopes))); len(unique) != len(preset.Scopes) {
				t.Errorf("the preset %s names a scope twice", preset.Name)
			}
		}
		if of.Creatable() && of != console.TypeOrganizationManagement && len(named) == 0 {
			t.Errorf("type %s has no presets", of)
		}
	}
	// PresetsOf leaves out a preset with an unknown scope, so they are counted.
	if want := 10; offered != want {
		t.Errorf("%d presets are offered, want %d", offered, want)
	}
}

func TestTypes(t *testing.T) {
	seen := map[string]bool{}
	for _, of := range console.Types {
		if label := of.Label(); label == "" || seen[label] || !of.Valid() {
			t.Errorf("type %s has the label %q", of, label)
		}
		seen[of.Label()] = true
		if of.Creatable() != (len(console.BuiltIn().Offered(of, console.System("test"))) > 0) {
			t.Errorf("type %s is creatable: %v, yet there are %d groups of scopes", of, of.Creatable(), len(console.BuiltIn().Offered(of, console.System("test"))))
		}
	}
	for _, of := range []console.Type{"", "Repository", "robot"} {
		if of.Valid() || of.Creatable() {
			t.Errorf("%q is a type", of)
		}
	}
	token := sound()
	token.Type, token.Scopes = console.TypeSystem, []string{"ReadAccess"}
	e, _ := errors.AsType[*console.Error](token.Clean().Validate(now, console.BuiltIn()))
	if want := "A token of type system can’t have ReadAccess."; e == nil || e.Fields["scopes"] != want {
		t.Errorf("%v, want %q", e, want)
	}
}

func TestCatalogueWithTheOrganizationsOwn(t *testing.T) {
	own := []console.Scope{
		{Name: "billing:read", Group: "Data access", Types: []console.Type{console.TypeRepository}, Own: true, Version: 1},
		{Name: "edge:purge", Group: "Own", Types: []console.Type{console.TypeSystem}, Own: true, Retired: true, Version: 2},
		{Name: console.ScopeIntrospect, Retired: true, Version: 3},
		{Name: "ReadAccess", Version: 4},
		{Name: "vanished", Retired: true, Version: 1},
	}
	c := console.BuiltIn().With(own)
	before := console.BuiltIn().All()
	if got, want := len(c.All()), len(before)+2; got != want {
		t.Errorf("there are %d scopes, want %d", got, want)
	}
	for _, scope := range c.All() {
		found, ok := c.Find(scope.Name)
		if !ok || found.Label != scope.Label || found.Group != scope.Group {
			t.Errorf("%s is found as %+v, %v", scope.Name, found, ok)
		}
		retired := scope.Name == "edge:purge" || scope.Name == console.ScopeIntrospect
		if scope.Retired != retired {
			t.Errorf("%s is retired: %v, want %v", scope.Name, scope.Retired, retired)
		}
		if version := map[string]int{"billing:read": 1, "edge:purge": 2, console.ScopeIntrospect: 3, "ReadAccess": 4}[scope.Name]; scope.Version != version {
			t.Errorf("%s has the version %d, want %d", scope.Name, scope.Version, version)
		}
	}
	groups := c.Offered(console.TypeRepository, console.System("test"))
	if last := groups[0].Scopes[len(groups[0].Scopes)-1]; groups[0].Name != "Data access" || last.Name != "billing:read" {
		t.Errorf("the first group is %+v", groups[0])
	}
	for _, preset := range c.Presets(console.TypeSystem, console.System("test")) {
		if slices.Contains(preset.Scopes, console.ScopeIntrospect) {
			t.Errorf("the preset %s has a retired scope", preset.Name)
		}
	}
	for i, scope := range console.BuiltIn().All() {
		if scope.Retired || scope.Version != 0 || scope.Name != before[i].Name {
			t.Errorf("what every installation begins with was changed: %+v", scope)
		}
	}
}
