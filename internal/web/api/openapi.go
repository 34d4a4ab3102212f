// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

// document makes the OpenAPI document of the table, with the schemas of the
// very types that are read and written, so that it can't say anything else.
// Schemas are huma's work and nothing more is: requests never pass through it.
func document(table []endpoint) []byte {
	d := describer{registry: huma.NewMapRegistry("#/components/schemas/", typeName), paths: map[string]*huma.PathItem{}}
	for _, e := range table {
		d.add(e)
	}
	d.words()
	raw, err := json.Marshal(&huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Lecito", Version: "1",
			Description: "May we use this person's data, for this purpose, on this channel, now or on that day? Why? Show me. " +
				"Every error is problem details of RFC 9457 with a stable code. X-Lecito-Org names the organisation where a caller can act for several.",
		},
		Paths: d.paths,
		Components: &huma.Components{
			Schemas:         d.registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "an API key"}},
		},
		Security: []map[string][]string{{"key": {}}},
	})
	if err != nil {
		panic(err) // made of this program's own types
	}
	return raw
}

type describer struct {
	registry huma.Registry
	paths    map[string]*huma.PathItem
}

var parameter = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

func (d describer) add(e endpoint) {
	method, address, _ := strings.Cut(e.Pattern, " ")
	op := &huma.Operation{
		OperationID: operationID(method, address), Summary: e.about,
		Responses: map[string]*huma.Response{
			strconv.Itoa(cmp.Or(e.status, http.StatusOK)): d.answer(e),
			"default": {Description: "what is wrong", Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: d.schema(web.Failure{})},
			}},
		},
	}
	if len(e.Scopes) > 0 {
		op.Description = "Scopes, one of: " + strings.Join(e.Scopes, ", ") + "."
	}
	if e.Public {
		op.Security = []map[string][]string{}
	}
	for _, m := range parameter.FindAllStringSubmatch(address, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: m[1], In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	for name := range strings.SplitSeq(e.query, ",") {
		if plain, needed := strings.CutSuffix(name, "*"); plain != "" {
			op.Parameters = append(op.Parameters, &huma.Param{Name: plain, In: "query", Required: needed, Schema: &huma.Schema{Type: "string"}})
		}
	}
	if e.in != nil || e.takes != "" {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			cmp.Or(e.takes, "application/json"): {Schema: d.schema(e.in)},
		}}
	}
	address = parameter.ReplaceAllString(address, "{$1}")
	item := d.paths[address]
	if item == nil {
		item = &huma.PathItem{}
		d.paths[address] = item
	}
	switch method {
	case http.MethodGet:
		item.Get = op
	case http.MethodPost:
		item.Post = op
	case http.MethodPut:
		item.Put = op
	case http.MethodDelete:
		item.Delete = op
	}
}

func (d describer) answer(e endpoint) *huma.Response {
	if e.status == http.StatusNoContent {
		return &huma.Response{Description: "done"}
	}
	return &huma.Response{Description: "the answer", Content: map[string]*huma.MediaType{
		cmp.Or(e.media, "application/json"): {Schema: d.schema(e.out)},
	}}
}

func (d describer) schema(v any) *huma.Schema {
	switch v.(type) {
	case nil:
		return &huma.Schema{Type: "string", Format: "binary"}
	case anything:
		return &huma.Schema{Type: "object"}
	}
	return d.registry.Schema(reflect.TypeOf(v), true, "")
}

// words adds the closed lists to the fields that take one of their words.
func (d describer) words() {
	lists := map[string]map[string][]string{
		"ChoiceChoice":     {"choice": {lawful.Given, lawful.Refused, lawful.Withdrawn, lawful.Objected, lawful.Confirmed}, "channel": lawful.Channels()},
		"ChoiceRequest":    {"signal": {signalGPC}},
		"StandingQuestion": {"content": {"service", "promotional"}},
		"LawfulEvidence":   {"method": lawful.Methods(), "default": {"ticked", "unticked"}},
		"LawfulDecision":   {"reason": reasons()},
		"LawfulStep":       {"outcome": {"passed", "denied", "permitted"}, "assurance": assurances()},
		"LawEntry":         {"assurance": assurances()},
		"ChoiceFact":       {"channel": lawful.Channels(), "kind": kindsOfFact(), "signal": {"gpc"}, "outcome": {"passed", "failed"}},
		"Invitation":       {"role": access.Roles()},
		"RequestOpening":   {"right": request.Kinds()},
		"RequestView":      {"right": request.Kinds(), "state": request.States()},
	}
	for name, fields := range lists {
		for field, words := range fields {
			for _, w := range words {
				s := d.registry.Map()[name].Properties[field]
				s.Enum = append(s.Enum, w)
			}
		}
	}
	d.registry.Map()["Line"].Required = nil // a decision, or a problem
	d.registry.Map()["HeadersLine"].Required = nil
	data := d.registry.Map()["StandingQuestion"].Properties["data"]
	data.Items = &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString, Description: "a bare name"}, data.Items}}
	e := d.registry.Map()["RightsErasure"] // a plan has neither entry nor stage
	e.Required = slices.DeleteFunc(e.Required, func(field string) bool { return field == "entry" || field == "stage" })
}

func reasons() []string {
	var words []string
	for _, r := range lawful.Reasons() {
		words = append(words, string(r))
	}
	return words
}

// kindsOfFact are the kinds that POST /v1/facts takes.
func kindsOfFact() []string {
	return []string{
		lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindActivity, lawful.KindBirthDate,
		lawful.KindDeclaredAge, lawful.KindResidence, lawful.KindParentalConsent, lawful.KindDeceased, lawful.KindRegisterChecked,
		lawful.KindRegisterListed, lawful.KindRestriction, lawful.KindRestrictionLift, lawful.KindSignal, lawful.KindUndeliverable,
		lawful.KindDeliverable, lawful.KindContacted, lawful.KindPreference, lawful.KindBalancingTest,
	}
}

func assurances() []string {
	return []string{lawful.AssuranceVerified, lawful.AssuranceSecondary, lawful.AssuranceComputed, lawful.AssuranceMemory}
}

// operationID names an operation after its address: post_v1_choices.
func operationID(method, address string) string {
	address = parameter.ReplaceAllString(address, "$1")
	return strings.ToLower(method) + strings.NewReplacer("/", "_", ".", "_").Replace(address)
}

// typeName names a type after its package and itself, so that no two clash.
func typeName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := cmp.Or(t.Name(), hint)
	if pkg := path.Base(t.PkgPath()); pkg != "api" && pkg != "." {
		name = title(pkg) + title(name)
	}
	return title(name)
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
