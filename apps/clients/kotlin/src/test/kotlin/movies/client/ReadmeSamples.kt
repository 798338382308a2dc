package movies.client

import java.io.File
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.Json

/** The code of README.md, which [ReadmeTest] compares with it. */
@Suppress("unused")
private class ReadmeSamples(private val screen: Screen) {
    private val movies = MoviesClient("https://api.example.com/Production", MemoryTokenStorage())

    interface Screen {
        fun show(movie: MovieResponse)
        fun say(text: String)
        fun showFaults(errors: List<FieldError>)
        fun showMovies()
        fun showSignIn()
        fun askAgain(theirs: MovieResponse)
        suspend fun ask(text: String): String
    }

    suspend fun signIn(email: String, password: String, prompt: PasskeyPrompt) {
        var step = movies.accounts.signIn(email, password)
        while (step is SignInStep.Challenge) {
            val challenge = step.challenge
            step = when (challenge.name) {
                "SOFTWARE_TOKEN_MFA" ->
                    movies.accounts.answerTotp(challenge, screen.ask("Code"))
                "NEW_PASSWORD_REQUIRED" ->
                    movies.accounts.answerNewPassword(challenge, screen.ask("New password"))
                "WEB_AUTHN" -> movies.accounts.answerPasskey(challenge, prompt)
                else -> break
            }
        }
        if (step != SignInStep.Done) screen.say("Please update the app")
    }

    suspend fun follow() {
        movies.session.changes.collect { state ->
            when (state) {
                SessionState.SIGNED_IN -> screen.showMovies()
                SessionState.SIGNED_OUT -> screen.showSignIn()
            }
        }
    }

    suspend fun list() {
        val query = ListMoviesQuery(genre = "Drama", sort = ListMoviesSort.RATING_DESCENDING)
        movies.api.listMoviesAll(query).take(100).collect { movie -> screen.show(movie) }
    }

    suspend fun rate(title: String, year: Int, rating: Double) {
        val movie = movies.api.findMovie(MovieKeyRequest(title, year)).value
        val update = UpdateMovieRequest(
            title,
            year,
            rating = rating,
            clear = listOf(MovieMember.RANK),
        )
        try {
            movies.api.updateMovie(update, CallOptions(ifMatch = movie.etag))
        } catch (error: ProblemError) {
            if (error.status != 412) throw error
            val theirs = movies.api.findMovie(MovieKeyRequest(title, year)).value
            screen.askAgain(theirs)
        }
    }

    suspend fun add(movie: AddMovieRequest) {
        try {
            movies.api.addMovie(movie)
        } catch (error: MoviesError) {
            when (error) {
                is SessionEndedError -> screen.showSignIn()
                is NetworkError -> screen.say("You are offline")
                is UploadRefusedError -> screen.say("The picture was refused")
                is UnexpectedAnswerError -> screen.say("Something went wrong: ${error.requestId}")
                is ProblemError -> when (error.problem.type) {
                    "/problems/invalid-request" -> screen.showFaults(error.problem.errors.orEmpty())
                    "/problems/movie-exists" -> screen.say("There is such a movie")
                    else -> screen.say("Something went wrong: ${error.requestId}")
                }
            }
        }
    }
}

/** Keeps tokens in a file that only this app can read. One process alone uses it. */
private class FileTokenStorage(private val file: File) : TokenStorage {
    private val refresh = Mutex()

    override suspend fun load(): Tokens? =
        if (file.exists()) Json.decodeFromString<Tokens>(file.readText()) else null

    override suspend fun save(tokens: Tokens) {
        val next = File(file.path + ".new")
        next.writeText(Json.encodeToString(tokens))
        check(next.renameTo(file)) { "the tokens are not saved" }
    }

    override suspend fun clear() {
        file.delete()
    }

    override suspend fun <T> exclusively(block: suspend () -> T): T = refresh.withLock { block() }
}
