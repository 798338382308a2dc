import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Route, Router, Switch } from 'wouter';
import { ConfirmPage } from '../auth/confirm';
import { ForgottenPasswordPage } from '../auth/forgotten-password';
import { GoodbyePage } from '../auth/goodbye';
import { HostedSignInReturn } from '../auth/hosted';
import { SignInPage } from '../auth/sign-in';
import { SignUpPage } from '../auth/sign-up';
import { BrowsePage } from '../movies/browse';
import { MoviePage } from '../movies/movie';
import { useFreshAfterSending } from '../movies/queries';
import { EmptyState } from '../ui/notices';
import { LoadingPage } from '../ui/loading';
import { Page } from '../ui/page';
import { useHashLocation } from './hash-location';
import { Layout } from './layout';
import { RequireSession } from './session';
import { StageProvider, useStage } from './stage';

// What the first page does not need is loaded with its own page.
const AddMoviePage = lazy(() => import('../movies/add'));
const EditMoviePage = lazy(() => import('../movies/edit'));
const WatchlistPage = lazy(() => import('../watchlist/watchlist'));
const WaitingPage = lazy(() => import('../offline/waiting'));
const AccountPage = lazy(() => import('../account/account'));

const queries = new QueryClient({
    defaultOptions: {
        // The client repeats what may be repeated, and tells at once when there is no network.
        queries: { retry: false, networkMode: 'always', staleTime: 30_000 },
        mutations: { retry: false, networkMode: 'always' },
    },
});

export function App() {
    return (
        <QueryClientProvider client={queries}>
            <Router hook={useHashLocation}>
                <StageProvider>
                    <Pages />
                </StageProvider>
            </Router>
        </QueryClientProvider>
    );
}

function Pages() {
    const { stage } = useStage();
    useFreshAfterSending();
    return (
        // The pages of another stage begin from scratch.
        <Layout key={stage}>
            <Suspense fallback={<LoadingPage />}>
                <HostedSignInReturn>
                    <Switch>
                        <Route path="/sign-in" component={SignInPage} />
                        <Route path="/sign-up" component={SignUpPage} />
                        <Route path="/confirm" component={ConfirmPage} />
                        <Route path="/forgotten-password" component={ForgottenPasswordPage} />
                        <Route path="/goodbye" component={GoodbyePage} />
                        <Route>
                            <RequireSession>
                                <Switch>
                                    <Route path="/" component={BrowsePage} />
                                    <Route path="/movie" component={MoviePage} />
                                    <Route path="/movie/edit" component={EditMoviePage} />
                                    <Route path="/add" component={AddMoviePage} />
                                    <Route path="/watchlist" component={WatchlistPage} />
                                    <Route path="/waiting" component={WaitingPage} />
                                    <Route path="/account" component={AccountPage} />
                                    <Route component={NoSuchPage} />
                                </Switch>
                            </RequireSession>
                        </Route>
                    </Switch>
                </HostedSignInReturn>
            </Suspense>
        </Layout>
    );
}

function NoSuchPage() {
    return (
        <Page title="No such page">
            <EmptyState title="There is nothing at this address">
                <p>
                    The link may be old. <a href="#/">Go to the movies.</a>
                </p>
            </EmptyState>
        </Page>
    );
}
