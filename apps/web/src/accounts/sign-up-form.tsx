/** A new account, signed in at once. */
import { Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { Account } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike } from "../app/problems.ts";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { CredentialFields } from "./credential-fields.tsx";
import { passwordProblem, passwordRule } from "./password-rule.ts";

export interface SignUpFormProps {
  action: string;
  invitation?: string | undefined;
  onDone: (account: Account) => void;
}

/** Makes the account, then a session for it. */
export function SignUpForm({ action, invitation, onDone }: SignUpFormProps) {
  const form = useForm({
    initialValues: { name: "", email: "", password: "" },
    validate: { password: passwordProblem },
  });
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: namedAlike("name", "email", "password"),
    codes: { email_taken: "email" },
  });
  const signUp = useMutation({
    mutationFn: async ({ name, email, password }: typeof form.values) => {
      await call("POST /v1/accounts", {
        body: {
          email,
          password,
          ...(name.trim() !== "" && { name: name.trim() }),
          ...(invitation !== undefined && { invitation }),
        },
      });
      return call("POST /v1/sessions", { body: { email, password } });
    },
    onMutate: clear,
    onSuccess: ({ body }) => onDone(body.account),
    onError: place,
  });
  return (
    <form onSubmit={form.onSubmit((values) => signUp.mutate(values))}>
      <Stack>
        <TextInput
          label="Your name"
          description="May be left empty"
          name="name"
          autoComplete="name"
          maxLength={100}
          {...form.getInputProps("name")}
        />
        <CredentialFields
          field={form.getInputProps}
          password="new-password"
          passwordDescription={passwordRule}
        />
        <ProblemNotice error={unplaced} />
        <Button type="submit" loading={signUp.isPending} fullWidth>
          {action}
        </Button>
      </Stack>
    </form>
  );
}
