/** Email address and password, for signing in and for signing up. */
import { PasswordInput, TextInput } from "@mantine/core";
import type { ReactNode } from "react";

export interface CredentialFieldsProps {
  /** The form's `getInputProps`. */
  field: (name: "email" | "password") => object;
  /** Tells password managers whether to fill one in or to make one up. */
  password: "current-password" | "new-password";
  passwordDescription?: ReactNode;
}

/** Both are required, which goes without an asterisk where every field is. */
export function CredentialFields({ field, password, passwordDescription }: CredentialFieldsProps) {
  return (
    <>
      <TextInput
        label="Email address"
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        {...field("email")}
      />
      <PasswordInput
        label="Password"
        description={passwordDescription}
        name="password"
        autoComplete={password}
        required
        withAsterisk={false}
        {...field("password")}
      />
    </>
  );
}
