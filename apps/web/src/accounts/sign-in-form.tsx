/** Email address and password, please. */
import { Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { Account } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { CredentialFields } from "./credential-fields.tsx";

/** Signs in and hands over the account. */
export function SignInForm({ onDone }: { onDone: (account: Account) => void }) {
  const form = useForm({ initialValues: { email: "", password: "" } });
  const signIn = useMutation({
    mutationFn: (body: typeof form.values) => call("POST /v1/sessions", { body }),
    onSuccess: ({ body }) => onDone(body.account),
  });
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
      <Stack>
        <CredentialFields field={form.getInputProps} password="current-password" />
        <ProblemNotice error={signIn.error} />
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
