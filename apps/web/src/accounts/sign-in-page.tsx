/** The door: the first account, signing in, signing up. */
import "../app/more-styles.css";
import { Alert, Anchor, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Account } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { CentredPage } from "../app/centred-page.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { signedIn } from "../app/session.ts";
import { SignInForm } from "./sign-in-form.tsx";
import { SignUpForm } from "./sign-up-form.tsx";

const route = getRouteApi("/sign-in");

/** Shows what the server's sign-up state and the address ask for. */
export function SignInPage() {
  const { invitation, from } = route.useSearch();
  const state = useQuery({
    queryKey: ["sign-up"],
    queryFn: async ({ signal }) => (await call("GET /v1/accounts/sign-up", { signal })).body,
  });
  const [wantsAccount, setWantsAccount] = useState(invitation !== undefined);
  const enter = useEnter(from);

  if (state.isPending) {
    return (
      <CentredPage title="Tenfold">
        <Skeleton height={36} />
        <Skeleton height={36} />
        <Skeleton height={36} />
      </CentredPage>
    );
  }
  if (state.isError) {
    return (
      <CentredPage title="Sign in">
        <ProblemNotice error={state.error} onRetry={() => void state.refetch()} />
      </CentredPage>
    );
  }
  const { signUp } = state.data;
  if (signUp === "first") {
    return (
      <CentredPage
        title="Create the administrator's account"
        description="Nobody has an account here yet. The first one runs the place."
      >
        <SignUpForm action="Create account" onDone={enter} />
      </CentredPage>
    );
  }
  const mayJoin = signUp === "open" || (signUp === "invite" && invitation !== undefined);
  if (wantsAccount && mayJoin) {
    return (
      <CentredPage
        title="Create your account"
        {...(invitation !== undefined && { description: "You have been invited." })}
        footer={
          <Anchor component="button" size="sm" onClick={() => setWantsAccount(false)}>
            I have an account already
          </Anchor>
        }
      >
        <SignUpForm action="Create account" invitation={invitation} onDone={enter} />
      </CentredPage>
    );
  }
  return (
    <CentredPage
      title="Sign in"
      footer={
        mayJoin ? (
          <Anchor component="button" size="sm" onClick={() => setWantsAccount(true)}>
            Create an account
          </Anchor>
        ) : undefined
      }
    >
      {invitation !== undefined && signUp === "closed" ? (
        <Alert color="yellow">Nobody can sign up here at present, not even by invitation.</Alert>
      ) : null}
      <SignInForm onDone={enter} />
    </CentredPage>
  );
}

/** Goes to where one came from; only to a path of ours, since the address could be anyone's link. */
function useEnter(from: string | undefined): (account: Account) => void {
  const navigate = useNavigate();
  const router = useRouter();
  return (account) => {
    signedIn(account);
    if (from !== undefined && /^\/(?![/\\])/.test(from)) router.history.push(`/app${from}`);
    else void navigate({ to: "/links" });
  };
}
