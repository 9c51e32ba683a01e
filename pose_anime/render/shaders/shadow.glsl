// How far the light reaches. What can be seen through lets it pass where it is more than half clear.
// Variant: TRANSLUCENT.

#ifdef VERTEX

in vec3 skinned_position;
#ifdef TRANSLUCENT
in vec2 uv;

out vec2 texture_uv;
#endif

void main() {
#ifdef TRANSLUCENT
    texture_uv = uv;
#endif
    gl_Position = vec4((to_shadow_map * vec4(skinned_position, 1.0)).xyz * 2.0 - 1.0, 1.0);
}

#endif
#ifdef FRAGMENT

#ifdef TRANSLUCENT
uniform sampler2D color_texture;

in vec2 texture_uv;
#endif

void main() {
#ifdef TRANSLUCENT
    if (diffuse.a * texture(color_texture, texture_uv).a < 0.5) discard;
#endif
}

#endif
