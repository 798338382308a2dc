// Judges a history of `cargo xtask chaos --history` with Porcupine, a checker of others, and with a model of its own: an item of the
// service as its contract describes it. Prints a line for each item: its verdict and its name.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// The time after which the search for one item is given up.
const patience = 20 * time.Second

type event struct {
	Process  int     `json:"process"`
	Invoke   int64   `json:"invoke"`
	Returned *int64  `json:"returned"`
	User     string  `json:"user"`
	Act      act     `json:"act"`
	Outcome  outcome `json:"outcome"`
}

type act struct {
	Do      string  `json:"do"`
	Item    string  `json:"item"`
	Kind    string  `json:"kind"`
	Value   uint64  `json:"value"`
	IfMatch string  `json:"ifMatch"`
	Key     *string `json:"key"`
	Editor  bool    `json:"editor"`
}

type outcome struct {
	Is       string  `json:"is"`
	Tag      string  `json:"tag"`
	Value    *uint64 `json:"value"`
	Replayed bool    `json:"replayed"`
}

// A resource, or that there is none. The moment of its addition is known by a tag, or else only which request added it.
type resource struct {
	There   bool
	Value   uint64
	Version uint64
	Moment  string
	AddedBy int64
	Owner   string
}

// What a write made of a resource, or the outcome that refused it.
type result struct {
	Made    resource
	Refused string
}

type state struct {
	Now resource
	// The results that idempotency keys have.
	Results map[string]result
}

func (s state) copied() state {
	results := make(map[string]result, len(s.Results))
	for key, of := range s.Results {
		results[key] = of
	}
	return state{s.Now, results}
}

// The state after an answer named this tag and value for a resource; false if it is another one.
func (s state) named(r resource, tag string, value *uint64) (state, bool) {
	version, moment := taken(tag)
	if !r.There || version != r.Version || (value != nil && *value != r.Value) {
		return s, false
	}
	if r.Moment != "" {
		return s, r.Moment == moment
	}
	after := s.copied()
	name := func(other resource) resource {
		if other.There && other.Moment == "" && other.AddedBy == r.AddedBy {
			other.Moment = moment
		}
		return other
	}
	after.Now = name(after.Now)
	for key, of := range after.Results {
		of.Made = name(of.Made)
		after.Results[key] = of
	}
	return after, true
}

func taken(tag string) (uint64, string) {
	version, moment, _ := strings.Cut(strings.Trim(tag, `"`), "-")
	number, _ := strconv.ParseUint(version, 10, 64)
	return number, moment
}

// What a write makes of a resource, or the outcome that refuses it.
func written(now resource, e event) (resource, string) {
	fresh := resource{true, e.Act.Value, 1, "", e.Invoke, e.User}
	if !now.There {
		if e.Act.Kind == "add" || (e.Act.Kind == "put" && e.Act.IfMatch == "") {
			return fresh, ""
		}
		return now, "absent"
	}
	if e.Act.Kind == "add" {
		return now, "exists"
	}
	if !e.Act.Editor && now.Owner != e.User {
		return now, "forbidden"
	}
	if e.Act.IfMatch != "" {
		version, moment := taken(e.Act.IfMatch)
		if version != now.Version || moment != now.Moment {
			return now, "mismatch"
		}
	}
	if e.Act.Kind == "delete" {
		return resource{}, ""
	}
	now.Value = e.Act.Value
	now.Version++
	return now, ""
}

func step(before interface{}, input interface{}, _ interface{}) []interface{} {
	s, e := before.(state), input.(event)
	only := func(after state, possible bool) []interface{} {
		if possible {
			return []interface{}{after}
		}
		return nil
	}
	switch e.Act.Do {
	case "read":
		if e.Outcome.Is == "absent" {
			return only(s, !s.Now.There)
		}
		return only(s.named(s.Now, e.Outcome.Tag, e.Outcome.Value))
	case "release":
		after := s.copied()
		if s.Now.There && s.Now.Owner == e.User {
			after.Now = resource{}
		}
		if e.Outcome.Is == "unknown" {
			return []interface{}{s, after}
		}
		return only(after, true)
	}
	if e.Act.Key != nil {
		if of, known := s.Results[*e.Act.Key]; known {
			switch {
			case e.Outcome.Is == "unknown":
				return only(s, true)
			case of.Refused != "":
				return only(s, e.Outcome.Is == of.Refused)
			case e.Outcome.Is != "done" || !e.Outcome.Replayed:
				return nil
			case e.Outcome.Tag == "":
				return only(s, !of.Made.There)
			}
			return only(s.named(of.Made, e.Outcome.Tag, e.Outcome.Value))
		}
	}
	now, refused := written(s.Now, e)
	after := s.copied()
	after.Now = now
	if e.Act.Key != nil {
		after.Results[*e.Act.Key] = result{now, refused}
	}
	switch {
	case refused != "" && e.Outcome.Is == "unknown":
		return []interface{}{s, after}
	case refused != "":
		return only(after, e.Outcome.Is == refused)
	case e.Outcome.Is == "unknown":
		return []interface{}{s, after}
	case e.Outcome.Is != "done":
		return nil
	case e.Outcome.Tag == "":
		return only(after, !now.There)
	}
	return only(after.named(now, e.Outcome.Tag, e.Outcome.Value))
}

func main() {
	items := map[string][]porcupine.Operation{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(2)
		}
		unknown := e.Outcome.Is == "unknown"
		says := e.Act.Do == "write" || e.Act.Do == "release" || (e.Act.Do == "read" && !unknown)
		if !says || e.Outcome.Is == "ended" || e.Outcome.Is == "refused" {
			continue
		}
		operation := porcupine.Operation{ClientId: e.Process, Input: e, Call: e.Invoke, Return: math.MaxInt64}
		if e.Returned != nil && !unknown {
			operation.Return = *e.Returned
		}
		items[e.Act.Item] = append(items[e.Act.Item], operation)
	}
	model := porcupine.NondeterministicModel{
		Init:  func() []interface{} { return []interface{}{state{Results: map[string]result{}}} },
		Step:  step,
		Equal: func(one, other interface{}) bool { return reflect.DeepEqual(one, other) },
	}
	names := make([]string, 0, len(items))
	for name := range items {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(porcupine.CheckOperationsTimeout(model.ToModel(), items[name], patience), name)
	}
}
