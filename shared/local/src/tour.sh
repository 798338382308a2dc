API={url}/Development
JSON='Content-Type: application/json'
curl -sS -w ' %{http_code}\n' "$API/auth/sign-up" -H "$JSON" -d '{"email": "ada@example.com", "password": "Correct-Horse-7-Battery", "name": "Ada"}'
CODE=$(curl -sS '{url}/mailbox?email=ada@example.com' | sed -n '1s/.*"code":"\([0-9]*\)".*/\1/p')
test -z "$CODE" || curl -sS -w ' %{http_code}\n' "$API/auth/confirm-sign-up" -H "$JSON" -d '{"email": "ada@example.com", "code": "'"$CODE"'", "password": "Correct-Horse-7-Battery"}'
TOKEN=$(curl -sS "$API/auth/sign-in" -H "$JSON" -d '{"email": "ada@example.com", "password": "Correct-Horse-7-Battery"}' | sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p')
AUTH="Authorization: Bearer $TOKEN"
curl -sS -w ' %{http_code}\n' "$API/movies/add-movie" -H "$AUTH" -H "$JSON" -d '{"title": "Godzilla vs. Dynamo", "year": "2016", "info": "New from Acme Films, starring John Smith."}'
curl -sS -w ' %{http_code}\n' "$API/movies?year=2016" -H "$AUTH"
curl -sS -w ' %{http_code}\n' "$API/movies/findbytitleandyear" -H "$AUTH" -H "$JSON" -d '{"title": "Godzilla vs. Dynamo", "year": 2016}'
curl -sS -w ' %{http_code}\n' "$API/movies/update-movie" -H "$AUTH" -H "$JSON" -d '{"title": "Godzilla vs. Dynamo", "year": 2016, "rating": 7.5}'
curl -sS -w ' %{http_code}\n' "$API/movies/delete-movie" -H "$AUTH" -H "$JSON" -d '{"title": "Godzilla vs. Dynamo", "year": 2016}'
